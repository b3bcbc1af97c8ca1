import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import type { Command } from '../command.ts'
import { commands } from '../commands.ts'
import { candidatesFor } from './candidates.ts'
import { placesAfter, usageOf } from './usage.ts'

const asked = vi.hoisted(() => ({ options: null as object | null }))
vi.mock('node:util', async (original) => ({
  ...(await original<object>()),
  // What a command asks for, before it does anything.
  parseArgs: ({ options }: { options: object }) => {
    asked.options = options
    throw new Error('asked')
  },
}))
beforeEach(() => {
  asked.options = null
})

/** They hand most of their words on to Vitest, and read them by themselves. */
const FOR_VITEST = new Set(['run', 'resume'])
const names = Object.keys(commands).filter((name) => !FOR_VITEST.has(name))
const usageOfCommand = async (name: string) => usageOf((await commands[name]!.load()).help)

test.for(names)(
  'the help of jarvis %s has the options that it takes, with a value where they have one',
  async (name) => {
    const command: Command = await commands[name]!.load()
    const terminal = { cwd: temporaryFolder(), env: {}, write: () => {}, colors: false }
    await expect(command.run([], terminal)).rejects.toThrow('asked')
    const taken = Object.entries(asked.options as Record<string, { type: string }>)
    const gates = (option: string): boolean => name === 'check' && /^(?:max|min|no)-/.test(option)
    const inCode = taken.filter(([option]) => !gates(option))
    const inHelp = usageOf(command.help).options.filter((option) => !gates(option.name))
    expect(new Map(inHelp.map((option) => [option.name, option.value !== null]))).toEqual(
      new Map(inCode.map(([option, { type }]) => [option, type === 'string'])),
    )
  },
)

test('the help of jarvis run and resume has their options', async () => {
  const [run, resume] = await Promise.all([usageOfCommand('run'), usageOfCommand('resume')])
  expect(run.options.map(({ name, value }) => [name, value])).toEqual([
    ['plain', null],
    ['baseline', 'NAME'],
    ['gates', 'LIST'],
  ])
  expect(resume.options.map(({ name, value }) => [name, value])).toEqual([
    ['failed', null],
    ['force', null],
    ['plain', null],
  ])
})

test.for([
  ['show', [], ['SESSION']],
  ['show', ['RUN_1'], []],
  ['export', ['RUN_1', 'RUN_2'], ['SESSION']],
  ['compare', ['A'], ['B']],
  ['run', [], ['PLAN']],
  ['trend', [], ['METRIC']],
  ['submit', [], ['slurm', 'kubernetes']],
  ['submit', ['slurm'], ['PLAN']],
  ['baseline', ['set', 'x'], ['SESSION']],
  ['baseline', ['remove'], ['NAME']],
  ['completion', [], ['SHELL']],
  ['memory', ['a', 'b'], ['PATH']],
  ['import', [], ['DIR', 'SCENARIOS.yaml']],
] as const)('jarvis %s %o is followed by %o', async ([name, before, places]) => {
  expect(placesAfter(await usageOfCommand(name), before)).toEqual(places)
})

test('what can stand there is what there is', async () => {
  const cwd = temporaryFolder()
  mkdirSync(join(cwd, 'logs', 'RUN_20260216_231205'), { recursive: true })
  mkdirSync(join(cwd, 'logs', 'RUN_20260217_231205'))
  mkdirSync(join(cwd, 'plans'))
  for (const name of ['night.yaml', 'services.yaml', 'a b.yaml', '$(x).yaml', 'notes.txt']) {
    writeFileSync(join(cwd, 'plans', name), '')
  }
  const of = async (place: string) =>
    (await candidatesFor(place, { cwd, env: {} }))?.map(({ value }) => value) ?? null
  expect(await of('SESSION')).toEqual(['latest', 'RUN_20260217_231205', 'RUN_20260216_231205'])
  // What a shell would have to quote is left out, and so is what is no plan.
  expect(await of('PLAN')).toEqual(['plans/night.yaml'])
  expect(await of('METRIC')).toEqual(
    expect.arrayContaining(['ttft', 'wer', 'duration', 'pass_rate']),
  )
  expect([await of('FILE'), await of('csv|jsonl'), await of('N')]).toEqual([
    null,
    ['csv', 'jsonl'],
    [],
  ])
  expect([await of('SHELL'), await of('ENGINE'), await of('D')]).toEqual([
    ['bash', 'zsh', 'fish', 'powershell'],
    ['ollama', 'vllm', 'llamacpp', 'sim'],
    ['llm', 'vlm', 'stt', 'tts', 'sts'],
  ])
})
