// @module-tag long
import { readdirSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { processTable } from '../src/services/processes/process-table.ts'
import type { Supervisor } from '../src/services/index.ts'
import { isAlive, service, supervise, target, until } from './support/services.ts'

const LOADOUTS = 100
/** Until then code is compiled and caches fill. */
const SETTLED_AFTER = 20
/** What the events that the test keeps and the engine's own caches may take. */
const MOST_HEAP = 2 * 1024 ** 2

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

test(`${LOADOUTS} loadouts in a row leave no process, no descriptor and no memory behind`, async () => {
  const { supervisor, session, watched } = supervise([
    service('a', ['--child']),
    service('b', ['--escapee']),
  ])
  await useLoadouts(supervisor, 0, SETTLED_AFTER)
  const before = footprint()
  await useLoadouts(supervisor, SETTLED_AFTER, LOADOUTS)
  const after = footprint()
  expect(session.of('loadout_ready')).toHaveLength(LOADOUTS)
  expect(session.of('loadout_stopped')).toHaveLength(LOADOUTS)
  expect(session.of('service_spawned').filter(({ pid }) => isAlive(pid))).toEqual([])
  expect(session.of('note')).toEqual([])
  expect(watched.size).toBe(0)
  expect(after.processes).toEqual(before.processes)
  expect(after.descriptors).toBe(before.descriptors)
  expect(after.heap - before.heap).toBeLessThan(MOST_HEAP)
})

async function useLoadouts(supervisor: Supervisor, from: number, to: number): Promise<void> {
  for (let number = from; number < to; number += 1) {
    const wanted = target(number % 2 === 0 ? 'native://a' : 'native://b')
    // oxlint-disable-next-line no-await-in-loop -- one loadout after the other
    const held = await supervisor.acquire(wanted)
    held.release()
  }
  await supervisor.stop()
  await until(() => processesOfOurs().length === 0)
}

function footprint(): { processes: number[]; descriptors: number; heap: number } {
  collectGarbage()
  const descriptors = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0
  return { processes: processesOfOurs(), descriptors, heap: process.memoryUsage().heapUsed }
}

/** Children of this process; Windows does not tell them. */
function processesOfOurs(): number[] {
  return processTable([])
    .filter(({ parent }) => parent === process.pid)
    .map(({ pid }) => pid)
}
