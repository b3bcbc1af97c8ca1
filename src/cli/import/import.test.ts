import { cpSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { sessionFiles } from '../../../test/support/session-files.ts'
import type { Command } from '../command.ts'
import { compareCommand } from '../history/compare.ts'
import { trendCommand } from '../history/trend.ts'
import { listCommand } from '../sessions/list.ts'
import { showCommand } from '../sessions/show.ts'
import { importCommand } from './import.ts'

const RUNNER = fileURLToPath(new URL('../../../test/fixtures/python-runner', import.meta.url))

/** A project of ours beside a copy of what the Python runner left. */
function project() {
  const folder = temporaryFolder()
  const cwd = join(folder, 'ours')
  mkdirSync(cwd)
  const theirs = join(folder, 'theirs')
  cpSync(RUNNER, theirs, { recursive: true })
  const artifacts = join(theirs, 'artifacts')
  const then = new Date(2025, 10, 3, 8, 30)
  for (const name of readdirSync(artifacts)) utimesSync(join(artifacts, name), then, then)
  const run = async ({ run: runCommand }: Command, ...args: string[]) => {
    let text = ''
    const write = (more: string): void => void (text += more)
    const code = await runCommand(args, { cwd, env: {}, write, colors: false })
    return { code, text }
  }
  const session = (name: string) => sessionFiles(join(cwd, 'logs', name))
  return { cwd, theirs, run, session }
}

describe('sessions of the Python runner', () => {
  test('in its present shape become sessions of ours, once, marked as imported', async () => {
    const { cwd, theirs, run, session } = project()
    const names = ['RUN_20260220_101803', 'RUN_20260221_101803']
    const first = await run(importCommand, join(theirs, 'runs'))
    expect(first).toEqual({
      code: 0,
      text: names.map((name) => `${name}  imported as ${name}, 3 results\n`).join(''),
    })
    const files = session(names[0]!)
    expect(files.eventsOf('run_started')[0]).toMatchObject({
      kind: 'plan',
      plan: { name: 'Box, whole night' },
      imported: { from: join(theirs, 'runs', names[0]!), digest: expect.any(String) },
    })
    expect(files.results('voice_loop')[0]).toMatchObject({
      id: 'voice_loop|native://faster-whisper-base + native://piper-amy + ollama://qwen2.5:0.5b|core/speech_to_speech|core/speech_to_speech|0',
      models: ['native://faster-whisper-base', 'native://piper-amy', 'ollama://qwen2.5:0.5b'],
      status: 'PASSED',
      started_at: null,
      duration: 3.2,
      setup_time: 12.5,
      vram_prior: 0.61,
      vram_loaded: 2.4,
      vram_peak: 2.9,
      input_text: 'good morning',
      output_text: 'Good morning, how can I help?',
      input_file: null,
      output_file: 'attachments/answer.wav',
      metrics: { ttft: 0.21, tps: 88, wer: 0, 'proc_stt.duration': 0.4, 'proc_tts.duration': 0.9 },
    })
    const [, failed] = files.results('recall')
    expect(failed).toMatchObject({
      status: 'FAILED',
      duration: null,
      vram_peak: null,
      output_text: null,
      errors: [{ message: 'ARCH_MISMATCH: no such node' }],
    })
    const info = files.text('system_info.yaml')
    expect(info).toContain('start_time: "2026-02-20T10:18:03.000')
    expect(info).toContain('model: NVIDIA GeForce RTX 5090, vram_total_gb: 31.84')
    expect(info).toContain('engines: { ollama: "0.14.2", docker: "28.2.2" }')
    expect(readFileSync(join(cwd, 'logs', names[0]!, 'attachments', 'answer.wav'))).toHaveLength(8)
    expect(readdirSync(join(cwd, 'logs'))).not.toContain('latest')
    expect(files.names()).toContain('pinned')

    const again = await run(importCommand, join(theirs, 'runs', names[1]!))
    expect(again.text).toBe(`${names[1]}  is here already: ${names[1]}\n`)
    const list = await run(listCommand)
    expect(list.text.match(/Box, whole night \(imported\) +failed/g)).toHaveLength(2)
    const shown = await run(showCommand, names[1]!)
    expect(shown.text).toContain(`imported  from ${join(theirs, 'runs', names[1]!)}\n`)
    expect(shown.text).toContain('The run is whole: all 3 results came.')
    const trend = await run(trendCommand, 'ttft', '--domain', 'recall')
    expect(trend.text).toContain('ttft of 2 runs, 2026-02-20 to 2026-02-21')
    const compared = await run(compareCommand, names[0]!, names[1]!)
    expect(compared.text).toContain('Duration 3.2 s → 3.84 s (+20 %)')
  })

  test('in its older shape become one session at the time of its files', async () => {
    const { theirs, run, session } = project()
    const { text } = await run(importCommand, join(theirs, 'artifacts'))
    expect(text).toBe('artifacts  imported as RUN_20251103_083000, 5 results\n')
    const { results } = session('RUN_20251103_083000')
    expect(results('llm')).toMatchObject([
      {
        id: 'llm|ollama://qwen2.5:0.5b|english_std|english_std|0',
        loadout: 'ollama-qwen2.5-0.5b',
        metrics: { ttft: 0.25, tps: 80.5, e2el: 1.4 },
        vram_prior: null,
        vram_peak: 1.9,
        output_text: 'Hello there',
      },
      { status: 'FAILED', metrics: {}, output_text: 'HTTP 500', setup_time: 5.5 },
    ])
    const chain = ['native://faster-whisper-base', 'vllm://Qwen/Qwen2.5-0.5B-Instruct']
    expect(results('sts')).toMatchObject([
      {
        models: [...chain, 'native://piper-amy'],
        metrics: { stt_time: 0.5, llm_time: expect.closeTo(0.8), tts_time: 1.4, ttfa: 1.1 },
      },
      { metrics: { stt_time: 0.4, llm_time: 1.2, tts_time: 1.1 } },
    ])
    expect(results('stt')).toMatchObject([
      {
        name: 'SETUP',
        status: 'MISSING',
        duration: null,
        vram_prior: null,
        errors: [{ message: 'Missing models: faster-whisper-base' }],
      },
    ])
    const list = await run(listCommand)
    expect(list.text).toContain('artifacts (imported)')
  })

  test('that cannot be read are named, and a folder without any is a sentence', async () => {
    const { theirs, run } = project()
    const other = join(theirs, 'other')
    mkdirSync(other)
    writeFileSync(join(other, 'llm.json'), '[{"loadout": "a", "scen')
    writeFileSync(join(other, 'package.json'), '{}')
    await expect(run(importCommand, other)).rejects.toThrow(
      'holds no results of the Python runner: name a folder with RUN_* of it',
    )
    await expect(run(importCommand, join(theirs, 'none'))).rejects.toThrow('cannot be read')
    await expect(run(importCommand)).rejects.toThrow('Expected one folder or file')
  })
})

test('its scenarios in YAML are told with what to write instead', async () => {
  const { theirs, run } = project()
  const { text } = await run(importCommand, join(theirs, 'scenarios', 'core.yaml'))
  expect(text).toMatchInlineSnapshot(`
    "// scenarios/llm/core/english_std.scenario.ts
    // A greeting in English.
    import { expect, test } from 'jarvis/scenario'

    test("english_std", async ({ llm }) => {
      const reply = await llm.chat("Say hello.")
      expect(reply.text).toContain("hello")
    })

    // scenarios/sts/core/voice.scenario.ts
    import { expect, test } from 'jarvis/scenario'

    test("voice", async ({ sts }) => {
      const reply = await sts.converse("input/good_morning.wav")
      expect(reply.heard).toContain("good morning")
    })
    // Without its like here: sequence.

    // scenarios/vlm/visual/door_analysis.scenario.ts
    import { expect, test } from 'jarvis/scenario'

    test("door_analysis", async ({ vlm, llm }) => {
      const reply = await vlm.ask("input/door.png", "Is the \\"door\\" open?")
      expect(reply.text).not.toBe('')
      const reply2 = await llm.chat("Why?")
      expect(reply2.text).toContain("hinge")
    })

    "
  `)
  await expect(
    run(importCommand, join(theirs, 'runs', 'RUN_20260220_101803', 'recall.json')),
  ).rejects.toThrow('holds no scenarios of the Python runner')
})
