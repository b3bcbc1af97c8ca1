import { expect, test } from 'vitest'
import {
  failureOf,
  replaceEngine,
  recipeOf,
  service,
  supervise,
  target,
} from '../../../test/support/services.ts'
import { JarvisError } from '../../errors.ts'
import type { Target } from './running-loadout.ts'
import type { Supervisor } from './supervisor.ts'

const inDomain = (domain: Target['domain'], model: string): Target => ({
  ...target(model),
  domain,
})

test('an engine makes room at the start of a run, whatever comes first, and before each domain', async () => {
  const cleared: string[] = []
  const { supervisor, session } = supervise([service('a')])
  replaceEngine('ollama', {
    find: async () => recipeOf(),
    clear: async ({ note }) => {
      cleared.push(`after ${session.types.filter((type) => type === 'loadout_ready').length}`)
      note('INFO', 'Ended an Ollama.')
    },
  })
  const plan = [
    inDomain('llm', 'native://a'),
    inDomain('llm', 'ollama://x'),
    inDomain('vlm', 'ollama://x'),
    inDomain('vlm', 'ollama://y'),
    inDomain('stt', 'native://a'),
  ]
  supervisor.newRun(plan)
  await useAll(supervisor, plan)
  expect(cleared).toEqual(['after 0', 'after 2'])
  expect(session.types.slice(0, 2)).toEqual(['note', 'loadout_starting'])
  expect(session.of('note')).toContainEqual({
    type: 'note',
    level: 'INFO',
    message: 'Ended an Ollama.',
  })
  supervisor.newRun(plan)
  await useAll(supervisor, plan.slice(0, 1))
  expect(cleared).toEqual(['after 0', 'after 2', 'after 5'])
})

test('a run that does not use an engine leaves what stands in its way alone', async () => {
  let cleared = 0
  replaceEngine('ollama', { find: async () => recipeOf(), clear: async () => void (cleared += 1) })
  const { supervisor } = supervise([service('a')])
  const plan = [target('native://a')]
  supervisor.newRun(plan)
  await useAll(supervisor, plan)
  expect(cleared).toBe(0)
})

test('with restart: run ours of that engine is stopped before room is made once more', async () => {
  const { supervisor, session } = supervise([], { restart: 'run' })
  const running: number[] = []
  replaceEngine('ollama', {
    find: async () => recipeOf(),
    clear: async () => {
      running.push(session.of('service_spawned').length - session.of('service_exited').length)
    },
  })
  const plan = [inDomain('llm', 'ollama://x'), inDomain('vlm', 'ollama://x')]
  supervisor.newRun(plan)
  await useAll(supervisor, plan)
  expect(running).toEqual([0, 0])
})

test('an engine without room fails its own loadouts, with what would free the way', async () => {
  const { supervisor, session } = supervise([service('a')])
  replaceEngine('ollama', {
    find: async () => recipeOf(),
    clear: async () => {
      throw new JarvisError('PORT_IN_USE', 'Port 11434 is held by root: sudo systemctl stop ollama')
    },
  })
  const plan = [target('native://a'), target('ollama://x')]
  supervisor.newRun(plan)
  await useAll(supervisor, plan.slice(0, 1))
  const error = await failureOf(supervisor.acquire(plan[1]!))
  expect(error).toMatchObject({
    code: 'PORT_IN_USE',
    message: 'Port 11434 is held by root: sudo systemctl stop ollama',
  })
  expect(session.of('loadout_failed')).toMatchObject([{ code: 'PORT_IN_USE' }])
})

test('a cancelled run does not wait for room', async () => {
  const { supervisor, session } = supervise([])
  replaceEngine('ollama', {
    find: async () => recipeOf(),
    clear: ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      }),
  })
  const waiting = failureOf(supervisor.acquire(target('ollama://x')))
  supervisor.cancel('Cancelled by the user.')
  expect((await waiting).code).toBe('CANCELLED')
  await supervisor.stop()
  expect(session.types).toEqual([])
})

async function useAll(supervisor: Supervisor, targets: readonly Target[]): Promise<void> {
  for (const wanted of targets) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as files do
    const held = await supervisor.acquire(wanted)
    held.release()
  }
}
