import { DOMAIN_FORM, KNOWN_DOMAINS } from '../events/domain.ts'
import { isDeviceName } from '../host/safe-name.ts'
import { type Fault, quote } from './mistakes.ts'
import { nearest } from './nearest.ts'

const LONGEST = 64
/** The other file of a session that `{domain}.json` could be. */
const TAKEN: ReadonlySet<string> = new Set(['state'])

/** What a domain may be called, for messages. */
export const domainText: string = `one of: ${KNOWN_DOMAINS.join(', ')}; or a name of your own, in small letters, digits, - and _`

/** Why a domain cannot be called so; null where it can. */
export function domainFault(name: string): Fault | null {
  if (!DOMAIN_FORM.test(name)) {
    const message = name === '' ? '"domain" is empty' : `unknown domain ${quote(name)}`
    return { message, expected: domainText, meant: nearest(name, KNOWN_DOMAINS) }
  }
  const message = `${quote(name)} can't be the name of a domain`
  if (name.length > LONGEST) return { message, expected: `at most ${LONGEST} letters` }
  if (TAKEN.has(name)) {
    return { message, expected: `another name: ${name}.json of each session is something else` }
  }
  if (isDeviceName(name)) {
    return { message, expected: 'another name: Windows has a device that is called so' }
  }
  return null
}
