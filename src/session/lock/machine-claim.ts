import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { resolve } from 'node:path'
import { hostIdentity } from '../../host/host-identity.ts'
import { userKey } from '../../host/private-folder.ts'
import { sha256 } from '../../host/sha256.ts'
import { type LockHolder, parseHolder } from './lock-file.ts'

/**
 * The part of the run lock that no removal of a file frees: a socket that has a name and no file, an abstract
 * one on Linux and a pipe on Windows. It ends with its process, however that ends. It is seen within one
 * network namespace only, so that the lock file stays the truth between containers that share its folder.
 */
export interface MachineClaim {
  release(): void
}

const PIPES = '\\\\.\\pipe\\'
/** A holder that is stopped does not answer. */
const ANSWER_TIMEOUT_MS = 500
/** Far more than a holder is long. */
const MAX_ANSWER_CHARS = 64 * 1024

/**
 * The name of the socket that stands for this machine and this user; null where a system has none. Whoever
 * sets `XDG_RUNTIME_DIR` to a folder of their own has a lock of their own. The folder that the system
 * itself sets is no place of one's own: a log-in and cron, which has none, share the machine.
 */
export function claimAddress(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string | null {
  const stated = env['XDG_RUNTIME_DIR']
  const user = userKey()
  const place = stated && resolve(stated) !== `/run/user/${user}` ? resolve(stated) : ''
  const key = sha256([hostIdentity().id, user, place].join('\0'))
  const name = `jarvis-run-${key.slice(0, 32)}`
  if (platform === 'linux') return `\0${name}`
  return platform === 'win32' ? `\\\\.\\pipe\\${name}` : null
}

/** The name of the socket that stands for a part of the machine, beside that which stands for all of it. */
export function partAddress(address: string | null, file: string): string | null {
  return address === null ? null : `${address}.${sha256(file).slice(0, 16)}`
}

/** The sockets of {@link partAddress} that somebody has, whatever became of their files. */
export function claimedParts(address: string): string[] {
  try {
    if (process.platform === 'win32') {
      const [folder, name] = [address.slice(0, PIPES.length), address.slice(PIPES.length)]
      const names = readdirSync(folder).filter((one) => one.startsWith(`${name}.`))
      return names.map((one) => folder + one)
    }
    // An abstract name stands there with an @ in place of its first character.
    const own = ` @${address.slice(1)}.`
    const lines = readFileSync('/proc/net/unix', 'utf8').split('\n')
    const names = lines
      .filter((line) => line.includes(own))
      .map((line) => line.split(' @').at(-1)!.replace(/@+$/, ''))
    return [...new Set(names)].map((name) => `\0${name}`)
  } catch {
    return []
  }
}

/**
 * Claims the machine until the release or the end of this process: `taken` where another process has, null
 * where the system gives no such socket. Who asks is told `holder()`.
 */
export async function claimMachine(
  address: string,
  holder: () => LockHolder,
): Promise<MachineClaim | 'taken' | null> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.end(JSON.stringify(holder()))
    socket.unref()
  })
  try {
    server.listen(address)
    await once(server, 'listening')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'taken' : null
  }
  server.on('error', () => {})
  server.unref()
  return { release: () => void server.close() }
}

/**
 * What stands for a claim in a lock file: where it is seen, and its name. Whoever can claim the same knows that its holder
 * has ended, also where that one's processes are not seen. Null where the system does not tell.
 */
export function claimMark(address: string): string | null {
  try {
    const where =
      process.platform === 'linux' ? readlinkSync('/proc/self/ns/net') : hostIdentity().id
    return sha256(`${where} ${hostIdentity().boot} ${address}`).slice(0, 32)
  } catch {
    return null
  }
}

/** Asks who has claimed the machine: null where nobody has, `silent` where somebody does not say. */
export async function askClaimant(address: string): Promise<LockHolder | 'silent' | null> {
  const socket = connect(address)
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
  try {
    await once(socket, 'connect', { signal })
  } catch {
    socket.destroy()
    return signal.aborted ? 'silent' : null
  }
  let text = ''
  socket.setEncoding('utf8')
  socket.on('data', (part: string) => {
    text += part
    if (text.length > MAX_ANSWER_CHARS) socket.destroy()
  })
  try {
    await once(socket, 'end', { signal })
    return holderIn(text) ?? 'silent'
  } catch {
    return 'silent'
  } finally {
    socket.destroy()
  }
}

/** Such a name is anybody's: what its owner says is not shown as it stands. */
function holderIn(text: string): LockHolder | null {
  const holder = parseHolder(text)
  if (holder === null) return null
  const plain = (said: unknown): string => String(said).replaceAll(/\p{C}/gu, '')
  const { session, since, holds = null } = holder
  const told = { session: plain(session), since: plain(since) }
  return { ...holder, ...told, holds: holds === null ? null : plain(holds) }
}
