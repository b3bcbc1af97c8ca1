import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { parseModelUri } from '../../src/plan/model-uri.ts'
import { needOf } from '../../src/services/memory/need-of.ts'
import { versionAt } from '../../src/services/ollama/client.ts'
import { choosePort } from '../../src/services/processes/ports.ts'
import { cleanEnvironment } from '../support/run.ts'
import { pathOf, stackVariables, testOn } from './support/parts.ts'

const MIB = 1024 ** 2
/** Its log rounds to a tenth of a MiB. */
const ROUNDING = 0.05 + 1e-9

testOn(
  ['ollama', 'gemma3-270m', 'smollm2-135m'],
  'KV and weights of Ollama are what its log says: of its own engine with windows, and of its llama.cpp',
  async () => {
    const env = { ...cleanEnvironment(), ...stackVariables() }
    const ollama = await serve(env)
    for (const [model, tokens] of [
      ['gemma3-270m', 4_096],
      ['gemma3-270m', 700],
      ['smollm2-135m', 2_048],
    ] as const) {
      const uri = parseModelUri(`ollama://${model}#ctx=${tokens}`)
      // oxlint-disable-next-line no-await-in-loop -- one model is loaded at a time
      const need = await needOf(uri, { root: tmpdir(), env }, { on: 'host', gpuBytes: 0 })
      const bytes = (name: string) => need.parts.find((part) => part.name === name)!.bytes! / MIB
      // oxlint-disable-next-line no-await-in-loop -- one model is loaded at a time
      const said = await ollama.load(model, tokens)
      expect(Math.abs(said.kv - bytes('kv_cache')), `${uri.text}: ${said.kv}`).toBeLessThan(
        ROUNDING,
      )
      expect(
        Math.abs(said.weights - bytes('weights')),
        `${uri.text}: ${said.weights}`,
      ).toBeLessThan(ROUNDING)
    }
  },
)

/** An Ollama of its own; what its log says last of each load. */
async function serve(env: Record<string, string | undefined>) {
  const home = mkdtempSync(join(tmpdir(), 'jarvis-ollama-'))
  const url = `http://127.0.0.1:${await choosePort()}`
  const child = spawn(pathOf('ollama', 'program'), ['serve'], {
    env: { ...env, HOME: home, OLLAMA_HOST: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  onTestFinished(async () => {
    child.kill()
    await ended
    rmSync(home, { recursive: true, force: true })
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => {
      log += piece.toString()
    })
  }
  await expect
    .poll(() => versionAt(url, AbortSignal.timeout(1_000)), { timeout: 60_000 })
    .toBeTruthy()
  return {
    async load(model: string, tokens: number): Promise<{ kv: number; weights: number }> {
      const from = log.length
      const body = JSON.stringify({ model, stream: false, options: { num_ctx: tokens } })
      const answer = await fetch(`${url}/api/generate`, { method: 'POST', body })
      expect(await answer.json()).toMatchObject({ done_reason: 'load' })
      return {
        kv: last(log.slice(from), 'kv cache'),
        weights: last(log.slice(from), 'model weights'),
      }
    },
  }
}

function last(log: string, what: string): number {
  const lines = [...log.matchAll(new RegExp(`msg="${what}" device=CPU size="([\\d.]+) MiB"`, 'g'))]
  return Number(lines.at(-1)?.[1] ?? Number.NaN)
}
