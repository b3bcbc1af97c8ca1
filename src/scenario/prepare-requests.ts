import type { Lease } from '../services/leases/lease-protocol.ts'
import { practiseRequests } from './practice-requests.ts'

/**
 * Loads what requests to the services of a lease are sent with, while no test's clock runs: the first test of a
 * file would take longer than the others. What cannot be loaded is told by the first request.
 */
export async function prepareRequests({ services }: Lease): Promise<void> {
  const isAsked = services.some(({ url, apis }) => url !== null && !apis.includes('cli'))
  if (isAsked) await practiseRequests()
}
