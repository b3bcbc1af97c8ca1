// @module-tag long
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createProject } from './support/project.ts'
import { run } from './support/run.ts'
import { prepared, told } from './support/runner-plans.ts'
import { standInsRun } from './support/stand-ins.ts'

const engine = fileURLToPath(new URL('../dist/sim/main.js', import.meta.url))

describe.runIf(standInsRun)('a plan of the Python runner', () => {
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

test('such a plan runs with the embedded engine in place of its models', async () => {
  const project = createProject('own-domains')
  const plan = join(project.root, 'plans', 'night.yaml')
  const text = readFileSync(plan, 'utf8')
  // Each model keeps a name of its own, so that no loadout is twice.
  writeFileSync(
    plan,
    text.replaceAll(/(?:native|ollama|vllm):\/\/([^'#]+)/g, (_, name: string) => {
      return `sim://${name.replaceAll('/', '-')}`
    }),
  )
  const { output, session } = await run(project, { env: { JARVIS_PLAN: 'plans/night.yaml' } })
  const rows = told(session!, ['voice_loop', 'recall', 'gate_camera'])
  expect(
    rows['voice_loop']!.map((row) => row.split(' · ')[0]),
    output,
  ).toEqual([
    'PASSED core/speech_to_speech > answers what was said',
    'PASSED core/long_answers > says more than one word',
    'PASSED core/speech_to_speech > answers what was said',
    'PASSED core/long_answers > says more than one word',
  ])
  expect(rows['recall']).toHaveLength(2)
  // The embedded engine does whatever it is asked to: here somebody speaks.
  expect(rows['gate_camera']!.map((row) => row.split(' ')[0])).toEqual([
    'PASSED',
    'PASSED',
    'PASSED',
  ])
})
