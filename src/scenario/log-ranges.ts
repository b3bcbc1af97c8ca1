import { statSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import type { LogRange } from '../events/index.ts'
import type { Lease } from '../services/leases/lease-protocol.ts'

/** How long each service's log is now, in bytes, by the service's name. */
export type LogSizes = ReadonlyMap<string, number>

/** Measures the logs of all services that write one. */
export function logSizes({ services }: Lease): LogSizes {
  return new Map(services.flatMap(({ name, log }) => (log === null ? [] : [[name, sizeOf(log)]])))
}

/** What each service wrote since `before`, with the log's path from the session's folder. */
export function logRanges(lease: Lease, before: LogSizes): LogRange[] {
  const session = dirname(lease.attachments)
  return lease.services.flatMap(({ name, log }) => {
    if (log === null) return []
    const from = before.get(name) ?? 0
    const file = relative(session, log).replaceAll('\\', '/')
    return [{ service: name, file, from, to: Math.max(from, sizeOf(log)) }]
  })
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
