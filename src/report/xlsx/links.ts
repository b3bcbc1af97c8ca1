/** Excel takes no longer address. */
const MAX_TARGET = 2_000
/** A service that an earlier run started has its log there. */
const OTHER_SESSION = /^\.\.\/RUN_[\w-]+\/[^/\\]+$/

/**
 * The address of a file of the session as a link of a workbook beside it. Null for what is no path inside the
 * session, or the log of another session beside it: a result may come from anywhere.
 */
export function linkTarget(path: string | null): string | null {
  if (path === null || path === '' || /^(?:[a-z][a-z0-9+.-]*:|[/\\])|\\|\0/i.test(path)) return null
  const segments = path.split('/')
  if (segments.includes('..') && !OTHER_SESSION.test(path)) return null
  const target = segments.map((segment) => encodeURIComponent(segment.toWellFormed())).join('/')
  return target.length > MAX_TARGET ? null : target
}
