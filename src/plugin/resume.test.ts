import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ended, started } from '../../test/fixtures/session/kit.ts'
import type { SessionEvent } from '../events/index.ts'
import { loadPlan } from '../plan/index.ts'
import { openSession, recoverSession, type Session } from '../session/index.ts'
import { findScenarios, planProjects } from './projects.ts'
import { planResumption, resumedDirectory, type Resumption } from './resume.ts'
import { modelChange, requireSamePart, resumeOptions, runBefore } from './resumed-part.ts'

const PLAN = `name: Goes on
services:
  speaker: { command: '{root}/bin/speaker {input} {output}' }
execution:
  - { domain: llm, loadouts: ['sim://a', 'cli://speaker'] }
`
const MISSING = { status: 'MISSING', duration: null, setup_time: null, started_at: null } as const

async function projectIn(root: string) {
  const scenarios = await findScenarios(root)
  const plan = await loadPlan({ file: 'plans/default.yaml', root, scenarios })
  return { plan, projects: planProjects(plan, scenarios), root }
}

function folder(): string {
  const root = mkdtempSync(join(tmpdir(), 'jarvis-resume-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, 'plans'))
  mkdirSync(join(root, 'scenarios/llm'), { recursive: true })
  writeFileSync(join(root, 'plans/default.yaml'), PLAN.replace('{root}', root))
  writeFileSync(join(root, 'scenarios/llm/chat.scenario.ts'), '')
  return root
}

async function opened(root: string, kind: 'plan' | 'partial' = 'plan'): Promise<Session> {
  const { plan, projects } = await projectIn(root)
  return openSession({
    logs: join(root, 'logs'),
    root,
    kind,
    plan,
    loadouts: projects.map(({ domain, loadout }) => ({
      domain,
      loadout: loadout.name,
      models: loadout.models.map(({ text }) => text),
    })),
    command: 'vitest run --config jarvis -t \u001B[2Jt1',
  })
}

/** A session whose run was killed after these events. */
async function died(events: SessionEvent[], kind: 'plan' | 'partial' = 'plan') {
  const root = folder()
  const session = await opened(root, kind)
  for (const event of events) session.record(event)
  await session.systemInfoWritten
  await session.settled()
  const directory = join(root, 'logs', 'RUN_20260216_231205')
  cpSync(session.directory, directory, { recursive: true })
  await session.close({ status: 'INTERRUPTED' })
  await recoverSession(directory, 'watchdog')
  return { root, directory }
}

async function resumption(
  { root, directory }: { root: string; directory: string },
  how = { failed: false, force: false },
): Promise<Resumption> {
  return planResumption({ directory, ...how }, await projectIn(root))
}

test('what was missing runs once it is there, and what is final does not', async () => {
  const row = { ...MISSING, id: 'llm|cli://speaker|chat|t1|0', loadout: 'cli-speaker' }
  const place = { domain: 'llm', file: 'scenarios/llm/chat.scenario.ts' } as const
  const there = await died([
    ended(1),
    { type: 'file_ended', ...place, loadout: 'sim-a' },
    ended(1, row),
    { type: 'file_ended', ...place, loadout: 'cli-speaker' },
  ])
  expect([...(await resumption(there)).left.keys()]).toEqual([])
  mkdirSync(join(there.root, 'bin'))
  writeFileSync(join(there.root, 'bin/speaker'), '#!/bin/sh\n')
  chmodSync(join(there.root, 'bin/speaker'), 0o755)
  const found = await resumption(there)
  expect([...found.left.keys()]).toEqual(['llm cli://speaker'])
  const { projects } = await projectIn(there.root)
  const how = resumeOptions(found, projects.slice(1))
  expect(how).toMatchObject({
    loadouts: [{ domain: 'llm', loadout: 'cli-speaker' }],
    again: [{ ...place, loadout: 'cli-speaker', rows: [{ id: row.id, status: 'MISSING' }] }],
  })
  const { part, kept, hasFailed } = runBefore(how)
  expect([part, hasFailed]).toEqual([2, false])
  expect([...kept.values()].map(({ total }) => total)).toEqual([1, 0])
})

test('a changed plan or scenario is refused with what changed, and forced it is noted', async () => {
  const there = await died([ended(1), started(2)])
  writeFileSync(join(there.root, 'scenarios/llm/chat.scenario.ts'), '// changed')
  const plan = join(there.root, 'plans/default.yaml')
  writeFileSync(plan, `${readFileSync(plan, 'utf8')}# changed\n`)
  const sentences = [
    'The plan plans/default.yaml has another text',
    'scenarios/llm/chat.scenario.ts has another text',
  ]
  const refused = resumption(there)
  await expect(refused).rejects.toThrow(
    `RUN_20260216_231205 cannot be resumed as it is:\n  ${sentences[0]}.\n  ${sentences[1]}.\n`,
  )
  const forced = await resumption(there, { failed: false, force: true })
  expect(forced.changed).toEqual(sentences)
})

test('a run that goes on, one of another host and one that is damaged are refused', async () => {
  const root = folder()
  const session = await opened(root)
  const running = resumption({ root, directory: session.directory })
  await expect(running).rejects.toThrow(
    /still goes on \(process \d+\): wait for its end or stop it/,
  )
  await session.close({ status: 'INTERRUPTED' })

  const { root: other, directory } = await died([ended(1)])
  const state = join(directory, 'state.json')
  const [own, text] = [readFileSync(state, 'utf8'), /"id": "[^"]*"/]
  writeFileSync(
    state,
    own
      .replace(text, '"id": "another"')
      .replace(/"name": "[^"]*",\n\s*"boot"/, '"name": "box", "boot"'),
  )
  await expect(resumption({ root: other, directory })).rejects.toThrow(
    /is of the host box\. .* resume it there, with npx --no-install jarvis resume RUN_/,
  )
  writeFileSync(state, own)
  const journal = join(directory, 'events.jsonl')
  writeFileSync(journal, readFileSync(journal, 'utf8').replace('"PASSED"', '"FAILED"'))
  await expect(resumption({ root: other, directory })).rejects.toThrow(
    /It is damaged: line \d+ of events\.jsonl/,
  )
  expect(() => resumedDirectory('RUN_1', { logs: join(other, 'logs'), root: other })).toThrow(
    'There is no session RUN_1 with a journal in logs',
  )
  expect(resumedDirectory(basename(directory), { logs: join(other, 'logs'), root: other })).toBe(
    directory,
  )
  symlinkSync(basename(directory), join(other, 'logs', 'linked'), 'junction')
  expect(resumedDirectory('linked', { logs: join(other, 'logs'), root: other })).toBe(directory)
})

test('a part of a plan is named again by whoever resumes it, and a whole plan goes on whole', async () => {
  const part = await resumption(await died([started(1)], 'partial'))
  expect(() => requireSamePart(part, { isWhole: true, part: null })).toThrow(
    /ran a part of its plan, as it was told by: vitest run --config jarvis -t t1\nName the same part/,
  )
  requireSamePart(part, { isWhole: false, part: null })
  const whole = await resumption(await died([started(1)]))
  expect(() => requireSamePart(whole, { isWhole: false, part: null })).toThrow(
    'ran the whole plan, and goes on as a whole',
  )
})

test('a model of another digest, and another version of its engine, are told once it is loaded', () => {
  const before = {
    part: 2,
    kept: new Map(),
    hasFailed: false,
    isForced: false,
    digests: new Map([['llm|a', { 'ollama://a': 'aaaaaaaaaaaaaaaa' }]]),
    told: { ollama: '0.14.2' },
  }
  const place = { domain: 'llm', loadout: 'a', model: 'ollama://a' } as const
  const ready = { type: 'model_ready', ...place, setup_time: 1, vram_loaded: null } as const
  expect(modelChange(ready, before)).toBeNull()
  expect(
    modelChange({ ...ready, digest: 'aaaaaaaaaaaaaaaa', engines: { ollama: '0.14.2' } }, before),
  ).toBeNull()
  expect(modelChange({ ...ready, digest: 'bbbbbbbbbbbbbbbb' }, before)).toBe(
    'ollama://a is another model than before (digest aaaaaaaaaaaa, now bbbbbbbbbbbb)',
  )
  expect(modelChange({ ...ready, engines: { ollama: '0.15.0' } }, before)).toBe(
    'ollama was 0.14.2 and is 0.15.0',
  )
})
