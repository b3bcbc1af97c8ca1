import type { Holder } from './holders.ts'
import { keptProcesses } from './holding.ts'

/** `native://a is kept warm for the editor of /home/me/project until 23:12:05 (process 4711).` */
export function warmText({ holding, until }: Pick<Holder, 'holding' | 'until'>): string {
  const pids = keptProcesses(holding).map(({ pid }) => pid)
  const processes = `${pids.length === 1 ? 'process' : 'processes'} ${pids.join(', ')}`
  const time = until === null ? '' : ` until ${until.slice(11, 19)}`
  return `${holding.title} is kept warm for the editor of ${holding.root}${time} (${processes}).`
}
