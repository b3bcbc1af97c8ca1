import { expect, test, vi } from 'vitest'
import type { ProcessTree } from '../telemetry/tree-memory.ts'
import { ServiceMemory } from './service-memory.ts'

const GIB = 1_024 ** 3
const names = { domain: 'llm', loadout: 'small' } as const

function spawned(pid: number, command = 'ollama serve') {
  return {
    type: 'service_spawned',
    ...names,
    service: `service-${pid}`,
    engine: 'ollama',
    model: 'ollama://small',
    pid,
    process_start: null,
    port: null,
    log: 'svc.log',
    command,
  } as const
}

function exited(pid: number) {
  const how = { code: 0, signal: null, expected: true, last_lines: [] }
  return { type: 'service_exited', ...names, service: `service-${pid}`, pid, ...how } as const
}

/** Trees of processes 10 (with 11) and 20. */
const read = vi.fn<() => Promise<Map<number, ProcessTree>>>(async () => {
  return new Map([
    [10, { pids: [10, 11], rss: 2 * GIB }],
    [20, { pids: [20], rss: 0.5 * GIB }],
  ])
})

test('memory of services is that of their trees, and on the GPU that of the processes in them', async () => {
  const memory = new ServiceMemory()
  // Without services there is nothing to read.
  expect(memory.take(read, [])).toBe(null)
  expect(read).not.toHaveBeenCalled()
  memory.observe(spawned(10))
  memory.observe(spawned(20))
  memory.observe(spawned(30))
  expect(memory.take(read, [])).toBe(null)
  await expect.poll(() => read.mock.results).toHaveLength(1)
  const onGpu = [
    { pid: 11, name: 'runner', used: 3 * GIB },
    { pid: 99, name: 'stranger', used: GIB },
  ]
  expect(memory.take(read, onGpu)).toEqual([
    { service: 'service-10', pid: 10, rss: 2, vram: 3 },
    { service: 'service-20', pid: 20, rss: 0.5, vram: null },
    // Gone by then.
    { service: 'service-30', pid: 30, rss: null, vram: null },
  ])
  // Told once, and not read again so soon.
  expect(memory.take(read, onGpu)).toBe(null)
  expect(read).toHaveBeenCalledTimes(1)
})

test('what the driver tells no amount of is not known', async () => {
  const memory = new ServiceMemory()
  memory.observe(spawned(10))
  memory.take(read, [])
  await Promise.resolve()
  const onGpu = [
    { pid: 10, name: 'server', used: GIB },
    { pid: 11, name: 'runner', used: null },
  ]
  expect(memory.take(read, onGpu)).toMatchObject([{ rss: 2, vram: null }])
})

test('the command of a container is not its model', async () => {
  const memory = new ServiceMemory()
  memory.observe(spawned(10, '/usr/bin/docker run --rm vllm/vllm-openai'))
  memory.take(read, [])
  await Promise.resolve()
  expect(memory.take(read, [])).toMatchObject([{ rss: null, vram: null }])
})

test('a new service is looked at with the next sample, one that is gone no more', async () => {
  const memory = new ServiceMemory()
  memory.observe(spawned(10))
  memory.take(read, [])
  await Promise.resolve()
  memory.observe(exited(10))
  memory.observe(spawned(20))
  expect(memory.take(read, [])).toEqual([expect.objectContaining({ pid: 20, rss: 0.5 })])
  await Promise.resolve()
  expect(memory.take(read, [])).toEqual([expect.objectContaining({ pid: 20, rss: 0.5 })])
  memory.observe(exited(20))
  expect(memory.take(read, [])).toBe(null)
})
