import { closeSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { type Domain, DOMAIN_FORM, inDomainOrder, isKnownDomain } from '../../events/domain.ts'
import { openRegularFileSync } from '../../host/regular-file.ts'

/** The file of a session that is called like one of a domain. */
const STATE = 'state.json'
const ENDING = '.json'
/** Enough for the first members of a row. */
const PEEK_BYTES = 16 * 1024

/** Name of the file that holds the results of a domain. */
export function domainFileName(domain: Domain): string {
  return `${domain}${ENDING}`
}

/** The domain whose results a file of that name would hold; null for any other file. */
export function domainOfFile(name: string): Domain | null {
  if (!name.endsWith(ENDING) || name === STATE) return null
  const domain = name.slice(0, -ENDING.length)
  return DOMAIN_FORM.test(domain) ? domain : null
}

/**
 * The domains that a directory has results of, in the order of reports: `told` of them by its journal, and those whose
 * file is among `files`. A domain that jarvis does not know is known by what stands in its file: other tools write
 * files of any name.
 */
export function domainsOf(
  directory: string,
  files: readonly string[],
  told: Iterable<Domain> = [],
): Domain[] {
  const known = new Set(told)
  const found = files
    .map(domainOfFile)
    .filter((domain) => domain !== null)
    .filter(
      (domain) => known.has(domain) || isKnownDomain(domain) || holdsResults(directory, domain),
    )
  return inDomainOrder([...known, ...found])
}

/** Whether the first result in the file is of that domain. */
function holdsResults(directory: string, domain: Domain): boolean {
  try {
    const file = openRegularFileSync(join(directory, domainFileName(domain)))
    try {
      const bytes = Buffer.alloc(PEEK_BYTES)
      const start = bytes.toString('utf8', 0, readSync(file, bytes, 0, PEEK_BYTES, 0))
      const [first = ''] = /^\s*\[\s*\{[^{}]*/.exec(start) ?? []
      return new RegExp(`"domain"\\s*:\\s*"${domain}"`).test(first)
    } finally {
      closeSync(file)
    }
  } catch {
    return false
  }
}
