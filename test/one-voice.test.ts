import {
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { writePart } from './fixtures/session/parts.ts'
import { jarvis } from './support/commands.ts'
import { eventually } from './support/poll.ts'
import { showsProcesses, watchdogOf } from './support/processes.ts'
import { createProject } from './support/project.ts'
import { type Running, start } from './support/run.ts'
import { completeSession, resultsOnlySession } from './support/session-directories.ts'
import { latestSession, type SessionFiles } from './support/session-files.ts'
import { type Transcript, transcriptOf } from './support/transcript.ts'

/** Many commands, one after the other, and a workbook and a page. */
const COMMANDS_MS = 240_000
const LONG = { timeout: COMMANDS_MS, tags: ['long'] }
/** What is said of sessions that are whole goes before. */
const THE_DAY_BEFORE = new Date(2026, 1, 15, 8)
const UP_WITHIN_MS = 150_000
/** So many results the run of `plans/waits.yaml` has when its second model no longer answers. */
const RESULTS_BEFORE_IT_HANGS = 16

describe('of a session every command, the page and the workbook say the same', () => {
  test('one that is whole', { timeout: COMMANDS_MS }, async () => {
    const { logs, whole } = await folder()
    await expectOneVoice('whole', await transcriptOf(await completeSession(logs), whole))
  })

  test(
    'one line of the journal and its row changed from FAILED to PASSED',
    { timeout: COMMANDS_MS },
    async () => {
      const { logs, whole } = await folder()
      const directory = await completeSession(logs)
      for (const name of ['events.jsonl', 'llm.json']) edit(directory, name)
      await expectOneVoice('edited', await transcriptOf(directory, whole))
    },
  )

  test(
    'the journal cut in half, and two files of results gone',
    { timeout: COMMANDS_MS },
    async () => {
      const { logs, whole } = await folder()
      const directory = await completeSession(logs)
      const journal = join(directory, 'events.jsonl')
      truncateSync(journal, Math.floor(readFileSync(journal).length / 2))
      for (const name of ['llm.json', 'stt.json']) rmSync(join(directory, name))
      await expectOneVoice('cut-off', await transcriptOf(directory, whole))
    },
  )

  test(
    'a file of results that is not what the journal says',
    { timeout: COMMANDS_MS },
    async () => {
      const { logs, whole } = await folder()
      const directory = await completeSession(logs)
      edit(directory, 'llm.json')
      await expectOneVoice('other-results', await transcriptOf(directory, whole))
    },
  )

  test('results without a journal', { timeout: COMMANDS_MS }, async () => {
    const { logs, whole } = await folder()
    const told = await transcriptOf(await resultsOnlySession(logs), whole)
    // A trend is of runs of whole plans: of this one nobody knows what it was.
    await expectOneVoice('results-only', told, ['trend'])
  })

  test('one of two parts, merged', LONG, async () => {
    const { logs, whole } = await folder()
    writePart(logs, { index: 1, count: 2 })
    const { code, stdout } = await jarvis(logs, 'merge', logs, '--json', '--no-reports')
    const { session } = JSON.parse(stdout) as { session: string }
    expect([code, stdout]).toEqual([1, expect.stringContaining('1 of 2 parts are here')])
    await expectOneVoice('incomplete', await transcriptOf(session, whole))
  })

  test('a run that goes on, and then is cancelled', LONG, async () => {
    const { running, session, whole } = await hanging()
    await expectOneVoice('running', await transcriptOf(session.directory, whole))
    running.child.kill('SIGINT')
    await running.ended()
    await expectOneVoice('cancelled', await transcriptOf(session.directory, whole))
  })

  test('a run that died', { timeout: COMMANDS_MS }, async () => {
    const { running, session, whole } = await hanging()
    running.child.kill('SIGKILL')
    await running.ended()
    await eventually(UP_WITHIN_MS, () => {
      expect(session.events().at(-1)).toMatchObject({ recorded_by: 'watchdog' })
      expect(session.text('state.json')).toContain('"status": "died"')
    })
    await expectOneVoice('died', await transcriptOf(session.directory, whole))
  })

  test.runIf(showsProcesses)('a run that died with its watchdog', LONG, async () => {
    const { running, session, whole } = await hanging()
    const watchdog = watchdogOf(running.child.pid!)
    // One that goes on would have another watchdog.
    running.child.kill('SIGSTOP')
    process.kill(watchdog.pid, 'SIGKILL')
    running.child.kill('SIGKILL')
    await running.ended()
    // The first command completes it; the words are the same as where the watchdog has done so.
    await expectOneVoice('died', await transcriptOf(session.directory, whole))
    expect(session.events().at(-1)).toMatchObject({ type: 'run_ended', recorded_by: 'recovery' })
  })
})

async function expectOneVoice(
  name: string,
  { text, silent }: Transcript,
  mayBeSilent: string[] = [],
): Promise<void> {
  await expect(text).toMatchFileSnapshot(`expected/one-voice/${name}.txt`)
  // What is whole is not spoken of by those that do what they are asked to.
  expect(silent).toEqual(
    name === 'whole' ? ['list', 'check', 'export', 'trend', 'report'] : mayBeSilent,
  )
}

/** A folder of sessions with one that is whole. */
async function folder(): Promise<{ logs: string; whole: string }> {
  const logs = realpathSync(mkdtempSync(join(tmpdir(), 'jarvis-voice-')))
  onTestFinished(() => rmSync(logs, { recursive: true, force: true }))
  return { logs, whole: await completeSession(logs, { start: THE_DAY_BEFORE }) }
}

/** Somebody makes a result better than it was. */
function edit(directory: string, name: string): void {
  const path = join(directory, name)
  const text = readFileSync(path, 'utf8')
  const edited = text.replace('"status":"FAILED"', '"status":"PASSED"')
  expect(edited).not.toBe(text)
  writeFileSync(path, edited)
}

/** A run whose second loadout does not go on. */
async function hanging(): Promise<{ running: Running; session: SessionFiles; whole: string }> {
  const project = createProject('truth', onTestFinished)
  const logs = join(project.root, 'logs')
  const running = start(project, { env: { JARVIS_PLAN: 'plans/waits.yaml' } })
  const session = await eventually(UP_WITHIN_MS, () => {
    const newest = latestSession(logs)
    expect(newest?.eventsOf('scenario_ended'), running.output()).toHaveLength(
      RESULTS_BEFORE_IT_HANGS,
    )
    return newest!
  })
  return { running, session, whole: await completeSession(logs, { start: THE_DAY_BEFORE }) }
}
