import { describe, expect } from 'vitest'
import type { ScenarioResult } from '../../src/events/index.ts'
import { createProject } from '../support/project.ts'
import { run } from '../support/run.ts'
import type { SessionFiles } from '../support/session-files.ts'
import { ahead } from './support/ahead.ts'
import { compare, tableOf } from './support/compared.ts'
import { stack, stackVariables, testOn } from './support/parts.ts'
import { llamaTimings, metricsTimings, ollamaTimings, type Timing } from './support/timings.ts'

/** What makes a row's times those of a machine that was busy as well. */
const BUSY = new Set(['event_loop_lag', 'harness_delay', 'shared_reads', 'throttled', 'swap_used'])
/** With fewer requests on a machine that had the time for them, medians say nothing of jarvis. */
const ENOUGH = 4

const smollm = stack.parts['smollm2-135m']?.paths['model']
const tiny = stack.parts['vllm']?.paths['model']

interface Engine {
  name: string
  part: string
  model: string
  env?: Record<string, string>
  timings(session: SessionFiles, rows: readonly ScenarioResult[], root: string): Timing[]
}

const engines: Engine[] = [
  {
    name: 'llama-server, its log',
    part: 'llama-server',
    model: `llamacpp://${smollm}#ctx=4096#parallel=1#threads=1#stream`,
    timings: llamaTimings,
  },
  {
    name: 'Ollama, its durations and access log',
    part: 'ollama',
    model: 'ollama://smollm2-135m#ctx=2048#stream',
    env: { NUMBERS_OF: 'ollama' },
    timings: ollamaTimings,
  },
  {
    name: 'vLLM, its /metrics',
    part: 'vllm',
    model: `vllm://${tiny}#ctx=2048#gpu_util=0.15#enforce_eager#stream`,
    // At 0 its random weights say nothing that can be read.
    env: { NUMBERS_OF: 'vllm', NUMBERS_TEMPERATURE: '1' },
    timings: metricsTimings,
  },
]

describe.for(engines)('$name', ({ name, part, model, env, timings }) => {
  const version = stack.parts[part]?.version

  testOn(
    [part, 'smollm2-135m'],
    'tells the times that were measured of the same requests',
    async () => {
      const project = createProject('numbers')
      const { code, output, session } = await run(project, {
        env: {
          ...stackVariables(),
          ...env,
          REAL_MODEL: model,
          JARVIS_PLAN: 'plans/one.yaml',
        },
        before: ahead(),
      })
      expect(code, output).toBe(0)
      const rows = session!.results('llm').toSorted((a, b) => a.name.localeCompare(b.name))
      const told = timings(session!, rows, project.root)
      expect(told).toHaveLength(rows.length)
      for (const [index, { metrics }] of rows.entries()) {
        expect([metrics['prompt_tokens'], metrics['output_tokens']]).toEqual([
          told[index]!.promptTokens,
          told[index]!.outputTokens,
        ])
      }
      const isCalm = ({ flags }: ScenarioResult): boolean => !flags.some((flag) => BUSY.has(flag))
      const calm = compare(
        rows.filter(isCalm),
        told.filter((_, index) => isCalm(rows[index]!)),
      )
      const count = rows.filter(isCalm).length
      const doubt = `${rows.length - count} of ${rows.length} requests on a busy machine`
      const shown = [tableOf(compare(rows, told)), 'Without those:', tableOf(calm)].join('\n\n')
      process.stdout.write(`\n${name} ${version}, ${doubt}\n\n${shown}\n`)
      if (count >= ENOUGH) expect(calm.filter(({ isWithin }) => !isWithin)).toEqual([])
    },
  )
})
