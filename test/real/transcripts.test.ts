import { spawnSync } from 'node:child_process'
import { cpSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { ScenarioResult } from '../../src/events/index.ts'
import { pooledErrorRate } from '../../src/metrics/index.ts'
import { createProject } from '../support/project.ts'
import { run } from '../support/run.ts'
import { pathOf, stackVariables, testOn } from './support/parts.ts'

const scenarios = fileURLToPath(new URL('../../scenarios', import.meta.url))

/** The texts that were compared, as the row keeps them. */
interface Heard {
  expected: string
  heard: string
  wer: number
  cer: number
  words: [number, number, number, number]
}

testOn(
  ['whisper'],
  'error rates of what whisper really heard are those of jiwer, row by row and pooled',
  async () => {
    const project = createProject('hears')
    cpSync(scenarios, join(project.root, 'scenarios'), { recursive: true })
    const { code, output, session } = await run(project, {
      env: stackVariables(),
    })
    expect(code, output).toBe(0)
    const all = session!.results('stt').map(heardOf)
    expect(all.length).toBeGreaterThanOrEqual(5)
    const folder = dirname(project.root)
    for (const one of all) {
      expect(one.wer, one.heard).toBeCloseTo(rateOf(folder, [one]), 5)
      expect(one.cer, one.heard).toBeCloseTo(rateOf(folder, [one], '-c'), 5)
    }
    const pooled = pooledErrorRate(
      all.map(({ words: [substitutions, deletions, insertions, hits] }) => {
        return { substitutions, deletions, insertions, hits }
      }),
    )
    expect(pooled).toBeCloseTo(rateOf(folder, all), 5)
    process.stdout.write(`${all.length} transcripts, pooled WER ${pooled}\n`)
  },
)

function heardOf({ metrics }: ScenarioResult): Heard {
  return {
    expected: metrics['transcript_expected_normalised'] as string,
    heard: metrics['transcript_heard_normalised'] as string,
    wer: metrics['wer'] as number,
    cer: metrics['cer'] as number,
    words: metrics['wer_counts'] as unknown as Heard['words'],
  }
}

/** What jiwer's command says of texts, of all together. */
function rateOf(folder: string, all: readonly Heard[], ...flags: string[]): number {
  const [reference, hypothesis] = [join(folder, 'reference.txt'), join(folder, 'hypothesis.txt')]
  writeFileSync(reference, all.map(({ expected }) => `${expected}\n`).join(''))
  writeFileSync(hypothesis, all.map(({ heard }) => `${heard}\n`).join(''))
  const args = ['-r', reference, '-h', hypothesis, ...flags]
  const { stdout, stderr } = spawnSync(pathOf('whisper', 'jiwer'), args, { encoding: 'utf8' })
  expect(stdout.trim(), stderr).toMatch(/^\d/)
  return Number(stdout)
}
