import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import { leftOf } from '../support/processes.ts'
import { createProject } from '../support/project.ts'
import { testOn } from './support/parts.ts'
import { startReal } from './support/real-run.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const chat = ['smollm2-135m', 'llama-server']

describe('plans/real.yaml passes', () => {
  testOn(['ollama', 'smollm2-135m'], 'llm on Ollama', () => passes('llm', 'llm ollama*', 10))
  testOn(chat, 'llm on llama-server', () => passes('llm', 'llm llamacpp*', 10))
  testOn(['vllm'], 'llm on vLLM', () => passes('llm', 'llm vllm*', 4))
  testOn(['whisper'], 'stt', () => passes('stt', 'stt*', 9))
  testOn(['piper', 'whisper'], 'tts on Piper', () => passes('tts', 'tts cli://piper*', 3))
  testOn(['espeak-ng', 'whisper'], 'tts on espeak-ng', () => passes('tts', 'tts cli://espeak*', 3))
  testOn(['piper', 'whisper', ...chat], 'sts on real ears, a real model and a real voice', () =>
    passes('sts', 'sts*', 6),
  )
})

async function passes(domain: string, project: string, count: number): Promise<void> {
  const copy = createProject('plain')
  for (const folder of ['plans', 'scenarios']) {
    cpSync(join(repository, folder), join(copy.root, folder), { recursive: true })
  }
  const args = ['--project', project]
  const { running } = startReal('plans/real.yaml', { project: copy, args })
  const { code, output, session } = await running.ended()
  expect(code, output).toBe(0)
  const rows = session!.results(domain)
  expect(rows.map(({ status }) => status)).toEqual(Array.from({ length: count }, () => 'PASSED'))
  expect(leftOf(copy.root)).toEqual([])
}
