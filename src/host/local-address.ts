import { hostname, networkInterfaces } from 'node:os'

const NAMES: ReadonlySet<string> = new Set(['', 'localhost', '0.0.0.0', '::', '::1'])

/** Whether a host, named as in a URL, is this machine. */
export function isThisMachine(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if (NAMES.has(name) || name.endsWith('.localhost') || /^127(?:\.\d+){3}$/.test(name)) return true
  if (name === hostname().toLowerCase()) return true
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === name),
  )
}
