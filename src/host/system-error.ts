/**
 * What Linux may answer and Node has no words for: by number, as `errno.h` names it. Node says `Unknown system error
 * -122` in their place, as code and as message.
 */
const UNNAMED = new Map<number, readonly [code: string, words: string]>([
  [10, ['ECHILD', 'no child processes']],
  [15, ['ENOTBLK', 'block device required']],
  [33, ['EDOM', 'argument out of domain']],
  [35, ['EDEADLK', 'a deadlock would follow']],
  [37, ['ENOLCK', 'no locks available']],
  [42, ['ENOMSG', 'no message of that type']],
  [43, ['EIDRM', 'it was removed']],
  [52, ['EBADE', 'invalid exchange']],
  [60, ['ENOSTR', 'not a stream']],
  [62, ['ETIME', 'the time is up']],
  [63, ['ENOSR', 'out of streams']],
  [65, ['ENOPKG', 'a package is not installed']],
  [66, ['EREMOTE', 'it is remote']],
  [67, ['ENOLINK', 'the link to it is cut']],
  [70, ['ECOMM', 'communication error']],
  [72, ['EMULTIHOP', 'several hops tried']],
  [74, ['EBADMSG', 'the data is damaged']],
  [76, ['ENOTUNIQ', 'the name is not unique on the network']],
  [77, ['EBADFD', 'file descriptor in a bad state']],
  [79, ['ELIBACC', 'a shared library cannot be reached']],
  [80, ['ELIBBAD', 'a shared library is damaged']],
  [83, ['ELIBEXEC', 'a shared library is no program']],
  [85, ['ERESTART', 'interrupted, to be started again']],
  [87, ['EUSERS', 'too many users']],
  [96, ['EPFNOSUPPORT', 'protocol family not supported']],
  [102, ['ENETRESET', 'the network dropped the connection']],
  [109, ['ETOOMANYREFS', 'too many references']],
  [115, ['EINPROGRESS', 'already in progress']],
  [116, ['ESTALE', 'stale file handle: what the server had there is gone']],
  [117, ['EUCLEAN', 'the file system is damaged']],
  [121, ['EREMOTEIO', 'remote I/O error']],
  [122, ['EDQUOT', 'the disk quota is used up']],
  [123, ['ENOMEDIUM', 'no medium found']],
  [124, ['EMEDIUMTYPE', 'wrong type of medium']],
  [126, ['ENOKEY', 'the key is not there']],
  [127, ['EKEYEXPIRED', 'the key has expired']],
  [128, ['EKEYREVOKED', 'the key was revoked']],
  [129, ['EKEYREJECTED', 'the key was rejected']],
  [130, ['EOWNERDEAD', 'its owner has died']],
  [131, ['ENOTRECOVERABLE', 'its state cannot be recovered']],
  [132, ['ERFKILL', 'switched off by a radio switch']],
  [133, ['EHWPOISON', 'the memory is damaged']],
])
/** macOS and the BSDs count otherwise. */
const UNNAMED_ELSEWHERE = new Map<number, readonly [code: string, words: string]>([
  [69, ['EDQUOT', 'the disk quota is used up']],
  [70, ['ESTALE', 'stale file handle: what the server had there is gone']],
  [77, ['ENOLCK', 'no locks available']],
])
const UNKNOWN = /(?:Unknown system error -(\d+): )?Unknown system error -(\d+)/g

/** The message of an error of the system, in words where Node has a number alone. */
export function inWords(message: string, platform: NodeJS.Platform = process.platform): string {
  if (!message.includes('Unknown system error')) return message
  return message.replaceAll(UNKNOWN, (found, _, number: string) => {
    const known = namesOf(platform).get(Number(number))
    return known === undefined ? found : known.join(': ')
  })
}

/** The code of an error of the system, such as `EDQUOT`; empty for any other error. */
export function codeOf(error: unknown, platform: NodeJS.Platform = process.platform): string {
  const { code } = Object(error) as { code?: unknown }
  if (typeof code !== 'string') return ''
  const number = /^Unknown system error -(\d+)$/.exec(code)?.[1]
  return namesOf(platform).get(Number(number))?.[0] ?? code
}

function namesOf(platform: NodeJS.Platform) {
  return platform === 'linux' || platform === 'android' ? UNNAMED : UNNAMED_ELSEWHERE
}
