import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { eventually } from './support/poll.ts'
import { createProject, type Project } from './support/project.ts'
import { leftOf, showsProcesses } from './support/processes.ts'
import { run, start } from './support/run.ts'
import { isAlive } from './support/services.ts'
import { latestSession, type SessionFiles } from './support/session-files.ts'
import {
  cacheModel,
  containersOf,
  type StandIn,
  standInMachine,
  type StandInMachine,
  standInsRun,
  startContainerEngine,
} from './support/stand-ins.ts'

/** On a busy machine; longer than the grace of a container. */
const PATIENCE_MS = 150_000
const IMAGE = 'vllm/vllm-openai:latest'
const QUANT = 'stand-in/tiny-GGUF'

/** A project on a machine where only these stand-ins are installed. */
function prepared(...programs: StandIn[]): { project: Project; machine: StandInMachine } {
  const project = createProject('model-servers')
  const machine = standInMachine(join(dirname(project.root), 'machine'), programs)
  cacheModel(machine, 'stand-in/tiny')
  cacheModel(machine, QUANT, { 'tiny-q4_k_m.gguf': 'GGUF' })
  return { project, machine }
}

function enginesOf(session: SessionFiles): unknown {
  return (parse(session.text('system_info.yaml')) as { engines: unknown }).engines
}

describe.runIf(standInsRun)('vLLM and llama.cpp', () => {
  test('serve a plan, one after the other, with the speeds that they tell', async () => {
    const { project, machine } = prepared('vllm', 'llama-server')
    const { code, output, session } = await run(project, { env: machine.env })
    expect(code, output).toBe(0)
    const rows = session!.results('llm')
    expect(rows.map(({ models, status }) => [...models, status])).toEqual([
      ['vllm://stand-in/tiny#ctx=512', 'PASSED'],
      [`llamacpp://${QUANT}:Q4_K_M#stream`, 'PASSED'],
    ])
    expect(enginesOf(session!)).toEqual({ vllm: '0.11.0+stand.in', llamacpp: '6789' })
    expect(rows[0]!.metrics).toMatchObject({ output_tokens: 3, tokens_source: 'usage' })
    expect(rows[1]!.metrics).toMatchObject({ output_tokens: 3, decode_tps: 50, prompt_tps: 500 })
    expect(showsProcesses ? leftOf(project.root) : []).toEqual([])
  })

  test('that are not installed are MISSING, each with what would get it', async () => {
    const { project, machine } = prepared('docker')
    const { code, session } = await run(project, { env: machine.env })
    expect(code).toBe(1)
    const told = session!.results('llm').map(({ status, errors }) => [status, errors![0]!.message])
    expect(told).toEqual([
      ['MISSING', expect.stringMatching(/Is the docker daemon running\? Start it with: /)],
      ['MISSING', expect.stringMatching(/llama-server was not found on PATH\. Get it with: /)],
    ])
  })

  test(
    'an image is known by its tag, and by the version that is in it once it runs',
    { tags: ['long'] },
    async () => {
      const { project, machine } = prepared('docker')
      startContainerEngine(machine, [IMAGE])
      const { session } = await run(project, { env: machine.env })
      expect(enginesOf(session!)).toEqual({
        vllm: `0.11.0+stand.in (${IMAGE})`,
        docker: '28.2.2',
        llamacpp: null,
      })
    },
  )

  test.runIf(showsProcesses)('kill -9 of the run removes its container', async () => {
    const { project, machine } = prepared('docker')
    const engine = startContainerEngine(machine, [IMAGE])
    const running = start(project, { env: { ...machine.env, JARVIS_PLAN: 'plans/waits.yaml' } })
    await running.until('Model Ready', PATIENCE_MS)
    const [container] = containersOf(engine)
    expect(isAlive(container!.Pid)).toBe(true)
    process.kill(running.child.pid!, 'SIGKILL')
    await running.ended()
    await eventually(PATIENCE_MS, () => {
      expect(isAlive(container!.Pid)).toBe(false)
      expect(containersOf(engine)).toEqual([])
      expect(leftOf(project.root)).toEqual([])
    })
    const log = latestSession(join(project.root, 'logs'))!
    const name = log.names().find((each) => each.startsWith('svc_'))!
    expect(log.text(name)).toContain('Shutting down')
  })

  test.runIf(showsProcesses)(
    'what even the watchdog missed goes at the next start',
    { tags: ['long'] },
    async () => {
      const { project, machine } = prepared('docker')
      const engine = startContainerEngine(machine, [IMAGE])
      const env = { ...machine.env, JARVIS_PLAN: 'plans/waits.yaml' }
      const running = start(project, { env })
      await running.until('Model Ready', PATIENCE_MS)
      const [container] = containersOf(engine)
      const session = latestSession(join(project.root, 'logs'))!
      const { pid } = session.events().find((event) => event.type === 'service_spawned')!
      // The command first, in the moment in which the run cannot see it: nobody is left to pass a signal on.
      process.kill(running.child.pid!, 'SIGSTOP')
      process.kill(pid, 'SIGKILL')
      process.kill(running.child.pid!, 'SIGKILL')
      await running.ended()
      await eventually(PATIENCE_MS, () => expect(leftOf(project.root)).toEqual([]))
      expect(isAlive(container!.Pid)).toBe(true)
      const next = start(project, { env })
      await next.until('Model Ready', PATIENCE_MS)
      expect(isAlive(container!.Pid)).toBe(false)
      expect(next.output()).toMatch(/\[WARN\] Removed container [0-9a-f]{12}, left by \S+RUN_/)
      process.kill(next.child.pid!, 'SIGKILL')
      await next.ended()
      await eventually(PATIENCE_MS, () => {
        expect(containersOf(engine)).toEqual([])
        expect(leftOf(project.root)).toEqual([])
      })
    },
  )
})
