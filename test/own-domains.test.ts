import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { jarvis } from './support/commands.ts'
import { prepared, told } from './support/runner-plans.ts'
import { readPage } from './support/report-page.ts'
import { run } from './support/run.ts'
import { resultsSession } from './support/session-directories.ts'
import { standInsRun } from './support/stand-ins.ts'
import { type StoryLoadout, storyResult } from './support/story-results.ts'
import { transcriptOf } from './support/transcript.ts'
import { workbookParts } from './support/workbook.ts'

/** Many commands, one after the other, and a workbook and a page. */
const COMMANDS_MS = 240_000
const LONG_NAME = 'a_domain_whose_name_is_longer_than_a_sheet_may_be'
describe.runIf(standInsRun)('a plan of the Python runner', () => {
  test('in its present shape runs as it is', { tags: ['long'] }, async () => {
    const { project, env } = prepared()
    const { output, session } = await run(project, {
      env: { ...env, JARVIS_PLAN: 'plans/night.yaml' },
    })
    expect(told(session!, ['voice_loop', 'recall', 'gate_camera']), output).toMatchInlineSnapshot(`
      {
        "gate_camera": [
          "PASSED core/logo > reads the logo · vllm://Qwen/Qwen2-VL-2B-Instruct#stream + native://faster-whisper-base",
          "PASSED visual/door_analysis > sees whether the door is open · vllm://Qwen/Qwen2-VL-2B-Instruct#stream + native://faster-whisper-base",
          "FAILED visual/door_analysis > has nobody who speaks · vllm://Qwen/Qwen2-VL-2B-Instruct#stream + native://faster-whisper-base",
        ],
        "recall": [
          "PASSED core/recall_name > remembers the name · ollama://qwen2.5:0.5b",
          "PASSED core/recall_place > remembers the place · ollama://qwen2.5:0.5b",
        ],
        "voice_loop": [
          "PASSED core/speech_to_speech > answers what was said · native://faster-whisper-base + native://piper-amy + ollama://qwen2.5:0.5b",
          "PASSED core/long_answers > says more than one word · native://faster-whisper-base + native://piper-amy + ollama://qwen2.5:0.5b",
          "PASSED core/speech_to_speech > answers what was said · native://faster-whisper-base + native://piper-amy + vllm://Qwen/Qwen2.5-0.5B-Instruct#stream",
          "PASSED core/long_answers > says more than one word · native://faster-whisper-base + native://piper-amy + vllm://Qwen/Qwen2.5-0.5B-Instruct#stream",
        ],
      }
    `)
    const [silent] = session!.results('gate_camera').filter(({ status }) => status === 'FAILED')
    expect(silent!.errors![0]!.message).toContain('has no service that the tts fixture can ask')
    const [spoken] = session!.results('voice_loop')
    expect(spoken!.metrics).toMatchObject({
      stt_time: expect.any(Number),
      ttfa: expect.any(Number),
    })
    expect(output).toContain('"pipeline": passed to the scenarios, otherwise ignored.')
  })
})

test(
  'every command, the workbook and the page show domains of any name',
  { timeout: COMMANDS_MS },
  async () => {
    const logs = realpathSync(mkdtempSync(join(tmpdir(), 'jarvis-domains-')))
    onTestFinished(() => rmSync(logs, { recursive: true, force: true }))
    const loadouts = ['recall', 'history', 'tts', LONG_NAME, 'llm'].map((domain): StoryLoadout => ({
      domain,
      loadout: `${domain}-a`,
      models: ['sim://a'],
    }))
    const results = loadouts.flatMap((loadout, index) => [
      storyResult(loadout, 'core/one > asks', {
        metrics: { e2el: 0.8 + index / 10, output_tokens: 40, ttft: 0.1 },
      }),
      storyResult(loadout, 'core/two > fails', {
        status: 'FAILED',
        errors: [{ message: `expected ${loadout.domain}` }],
      }),
    ])
    const before = await resultsSession(logs, results, { start: new Date(2026, 1, 15, 8) })
    const session = await resultsSession(logs, results)
    const { text } = await transcriptOf(session, before)
    await expect(text).toMatchFileSnapshot('expected/own-domains.txt')
    const { sheets } = workbookParts(join(session, 'report.xlsx'))
    expect(sheets).toEqual([
      'Summary',
      'llm',
      'tts',
      'recall',
      'history results',
      expect.stringMatching(/^a_domain_whose_name_is [0-9a-f]{8}$/),
      'Loadouts',
      'Failures',
      'Matrix',
    ])
    const { data } = readPage(join(session, 'report.html'))
    expect(data.loadouts.map(({ domain }) => domain)).toEqual(loadouts.map(({ domain }) => domain))
    const trend = await jarvis(logs, 'trend', 'tps', '--domain', 'recal')
    expect(trend).toMatchObject({
      code: 2,
      stderr: `No run has a domain "recal". Did you mean recall? There are: llm, tts, recall, history, ${LONG_NAME}.\n`,
    })
  },
)
