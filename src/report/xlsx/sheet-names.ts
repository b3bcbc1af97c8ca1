import type { Domain } from '../../events/index.ts'
import { sha256 } from '../../host/sha256.ts'

/** Excel takes no longer name. */
const LONGEST = 31
const HASH_LENGTH = 8
/** The other sheets of the workbook, which Excel tells apart by no case; the last one is Excel's own. */
const TAKEN: ReadonlySet<string> = new Set(['summary', 'loadouts', 'failures', 'matrix', 'history'])

/** What the sheet of a domain is called: as the domain, where a sheet can be called so. */
export function domainSheetName(domain: Domain): string {
  // A domain has no blank in its name.
  if (TAKEN.has(domain)) return `${domain} results`
  if (domain.length <= LONGEST) return domain
  const hash = sha256(domain).slice(0, HASH_LENGTH)
  return `${domain.slice(0, LONGEST - HASH_LENGTH - 1)} ${hash}`
}

const [NARROWEST, WIDEST] = [8, 24]

/** How wide a column of these domains' names is. */
export function domainColumnWidth(domains: Iterable<Domain>): number {
  const longest = Math.max(0, ...[...domains].map((domain) => domain.length))
  return Math.min(WIDEST, Math.max(NARROWEST, longest + 1))
}
