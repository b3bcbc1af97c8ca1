import { mkdirSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { systemHost } from '../src/services/ollama/host.ts'
import { surveyOllama } from '../src/services/ollama/survey.ts'
import { modelsFolder, standIn } from './support/ollama.ts'
import { eventually } from './support/poll.ts'
import { leftOf, showsProcesses } from './support/processes.ts'
import { createProject, type Project } from './support/project.ts'
import { run, start } from './support/run.ts'
import { latestSession } from './support/session-files.ts'
import { standInsRun } from './support/stand-ins.ts'

/** A whole run ends every Ollama that it finds: never one that these tests did not start. */
const someoneElses = standInsRun && (await isSomeonesMachine())

async function isSomeonesMachine(): Promise<boolean> {
  const host = systemHost()
  const { servers, runners, starters, units } = await surveyOllama(host)
  const there = servers.length + runners.length + starters.apps.length + units.length
  return there > 0 || (await host.holder(11_434)) !== null
}

/** A project on a machine where the stand-in and Node are all that is installed. */
function prepared(): { project: Project; env: Record<string, string> } {
  const project = createProject('ollama')
  const bin = join(dirname(project.root), 'bin')
  mkdirSync(bin)
  symlinkSync(process.execPath, join(bin, 'node'))
  const models = modelsFolder(join(dirname(project.root), 'models'), 'qwen:0.5b', 'llama:1b')
  const env = { OLLAMA_MODELS: models, OLLAMA_HOST: '', HOME: project.root }
  return { project, env: { ...env, PATH: [dirname(standIn), bin].join(delimiter) } }
}

describe.runIf(standInsRun && !someoneElses)(
  'ollama://, where no other Ollama is installed',
  () => {
    test('serves a plan, with the speeds that the engine tells, and is gone', async () => {
      const { project, env } = prepared()
      const { code, output, session } = await run(project, { env })
      expect(code, output).toBe(1)
      const rows = session!.results('llm')
      expect(rows.map(({ models, status }) => [models.join(' + '), status])).toEqual([
        ['ollama://qwen:0.5b#ctx=2048#stream', 'PASSED'],
        ['ollama://llama:1b + ollama://qwen:0.5b#num_gpu=0', 'PASSED'],
        ['ollama://absent:1b', 'MISSING'],
      ])
      expect(rows[0]!.metrics).toMatchObject({
        output_tokens: 3,
        tokens_source: 'engine',
        decode_tps: 200,
        prompt_tps: 2_000,
        load_time: expect.any(Number),
        ttft: expect.any(Number),
      })
      // No layer was to be on a GPU. How busy this machine was is told by flags as well.
      const isOffloaded = rows.map(({ flags }) => flags?.includes('cpu_offload') ?? false)
      expect(isOffloaded).toEqual([false, false, false])
      expect(rows[2]!.errors![0]!.message).toContain('ollama pull absent:1b')
      expect(session!.text('system_info.yaml')).toContain('\nengines: { ollama: "0.99.0" }\n')
      const logs = session!.names().filter((name) => name.startsWith('svc_'))
      expect(logs).toHaveLength(3)
      // A request with another context would have the model loaded anew.
      expect(session!.text(logs.find((name) => name.includes('qwen'))!)).not.toContain('reloading')
      expect(session!.servicesLeft()).toEqual([])
      expect(showsProcesses ? leftOf(project.root) : []).toEqual([])
    })

    test('ends with its runner at Ctrl+C, and the rest of the plan is INTERRUPTED', async () => {
      const { project, env } = prepared()
      const running = start(project, { env: { ...env, JARVIS_PLAN: 'plans/waits.yaml' } })
      await running.until('Model Ready')
      const log = await eventually(150_000, () => {
        const session = latestSession(join(project.root, 'logs'))!
        const name = session.names().find((file) => file.startsWith('svc_'))!
        expect(session.text(name)).toContain('"/api/chat"')
        return name
      })
      running.child.kill('SIGINT')
      const { code, session } = await running.ended()
      expect(code).toBeGreaterThan(0)
      expect(session!.results('llm').map(({ status }) => status)).toEqual([
        'INTERRUPTED',
        'INTERRUPTED',
      ])
      expect(session!.text(log)).toContain('starting llama-server')
      expect(session!.eventsOf('service_exited')).toMatchObject([{ expected: true, code: 0 }])
      expect(session!.servicesLeft()).toEqual([])
      expect(showsProcesses ? leftOf(project.root) : []).toEqual([])
    })
  },
)
