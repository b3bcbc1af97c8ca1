import type { Lease, LeasedService } from '../services/leases/lease-protocol.ts'
import { loadClient } from './openai-client.ts'
import { practiseRequests } from './practice-requests.ts'
import { hasOwnChat } from './services.ts'

/**
 * Loads what requests to the services of a lease are sent with, while no test's clock runs: the first test of a
 * file would be a tenth of a second longer than the others. What cannot be loaded is told by the first request.
 */
export async function prepareRequests({ domain, services }: Lease): Promise<void> {
  const isChat = domain === 'llm' || domain === 'vlm'
  const asked = services.filter(({ url, apis }) => url !== null && !apis.includes('cli'))
  if (asked.length === 0) return
  const byClient = (service: LeasedService): boolean =>
    service.apis.includes('openai') && !(isChat && hasOwnChat(service))
  await Promise.allSettled([practiseRequests(), ...(asked.some(byClient) ? [loadClient()] : [])])
}
