import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { jarvis } from './support/commands.ts'
import { modelsFolder, standIn } from './support/ollama.ts'
import { createProject, type Project } from './support/project.ts'
import { readPage } from './support/report-page.ts'
import { run } from './support/run.ts'
import { resultsSession } from './support/session-directories.ts'
import type { SessionFiles } from './support/session-files.ts'
import { cacheModel, standInMachine, standInsRun } from './support/stand-ins.ts'
import { type StoryLoadout, storyResult } from './support/story-results.ts'
import { transcriptOf } from './support/transcript.ts'
import { workbookParts } from './support/workbook.ts'

const engine = fileURLToPath(new URL('../dist/sim/main.js', import.meta.url))

/** Many commands, one after the other, and a workbook and a page. */
const COMMANDS_MS = 120_000
const LONG_NAME = 'a_domain_whose_name_is_longer_than_a_sheet_may_be'
/** The project of the plans that came with the Python runner, on a machine with stand-ins for Ollama and vLLM. */
function prepared(): { project: Project; env: Record<string, string> } {
  const project = createProject('own-domains')
  const machine = standInMachine(join(dirname(project.root), 'machine'), ['vllm'])
  for (const model of ['Qwen2.5-0.5B-Instruct', 'Qwen2-VL-2B-Instruct']) {
    cacheModel(machine, `Qwen/${model}`)
  }
  const OLLAMA_MODELS = modelsFolder(join(machine.folder, 'models'), 'qwen2.5:0.5b')
  const PATH = [dirname(standIn), machine.env['PATH']].join(delimiter)
  return { project, env: { ...machine.env, OLLAMA_MODELS, OLLAMA_HOST: '', PATH } }
}

/** Every result as `status name on loadout`, by domain. */
function told(session: SessionFiles, domains: string[]): Record<string, string[]> {
  const rows = domains.map((domain) => [
    domain,
    session
      .results(domain)
      .map(({ status, name, models }) => `${status} ${name} · ${models.join(' + ')}`),
  ])
  return Object.fromEntries(rows) as Record<string, string[]>
}

describe.runIf(standInsRun)('a plan of the Python runner', () => {
  test('in its present shape runs as it is', async () => {
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

  test('in its older shape runs as it is', async () => {
    const { project, env } = prepared()
    const speech = execFileSync(process.execPath, [engine, '--speak', 'Good morning.'])
    mkdirSync(join(project.root, 'scenarios', 'stt', 'media'))
    writeFileSync(join(project.root, 'scenarios', 'stt', 'media', 'greeting.wav'), speech)
    const { output, session } = await run(project, {
      env: { ...env, JARVIS_PLAN: 'plans/older.yaml' },
    })
    expect(told(session!, ['stt', 'llm', 'vlm']), output).toMatchInlineSnapshot(`
      {
        "llm": [
          "PASSED core/llm_greeting > greets back · ollama://qwen2.5:0.5b",
          "PASSED core/llm_greeting > greets back · vllm://Qwen/Qwen2.5-0.5B-Instruct",
        ],
        "stt": [
          "PASSED core/stt_english_std > hears a greeting · native://faster-whisper-base",
        ],
        "vlm": [
          "PASSED colour > names the colour · vllm://Qwen/Qwen2-VL-2B-Instruct",
        ],
      }
    `)
    expect(output).toContain(
      '"mapping" and "pipeline": passed to the scenarios, beyond the roles (vlm) ignored.',
    )
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
