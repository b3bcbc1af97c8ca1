import { type ChildProcess, spawn } from 'node:child_process'
import { describe, expect, onTestFinished } from 'vitest'
import { systemHost } from '../../src/services/ollama/host.ts'
import { surveyOllama } from '../../src/services/ollama/survey.ts'
import { choosePort } from '../../src/services/processes/ports.ts'
import { answering } from '../support/ollama.ts'
import { allProcesses, leftOf, treeOf } from '../support/processes.ts'
import { cleanEnvironment } from '../support/run.ts'
import { isAlive } from '../support/services.ts'
import { pathOf, stackVariables, testOn } from './support/parts.ts'
import { doctor, startReal } from './support/real-run.ts'

const MODEL = 'ollama://smollm2-135m#ctx=1024#stream'
const env = { REAL_MODEL: MODEL }
const parts = ['ollama', 'smollm2-135m']
const someoneElses = await isSomeonesMachine()
const where = someoneElses ? ' (an Ollama of somebody else is here: its tests are left out)' : ''

describe.skipIf(someoneElses)(`beside a running Ollama${where}`, () => {
  testOn(
    parts,
    'one with a model in memory is told by doctor, and ended with its runner',
    async () => {
      const server = await serve(11_434)
      await loadModel(11_434)
      const [runner, ...others] = treeOf(server.pid!, allProcesses()).filter(({ command }) =>
        command.includes(' runner '),
      )
      expect(others).toEqual([])
      const told = await doctor(env)
      expect(told).toMatch(
        /warn +process +ollama +Ollama 0\.\d+\.\d+ runs on port 11434, with smollm2-135m:latest in memory, as \S*ollama serve \(pid \d+\): the run ends it/,
      )
      const { running, project } = startReal('plans/default.yaml', { env })
      const { code, output } = await running.ended()
      expect(code, output).toBe(0)
      expect(output).toContain(`Ended Ollama, which ran already: `)
      expect([server.pid!, runner!.pid].map((pid) => isAlive(pid))).toEqual([false, false])
      expect(leftOf(project.root)).toEqual([])
    },
  )

  testOn(parts, 'one on another port is told by doctor and ended', async () => {
    const port = await choosePort()
    const server = await serve(port)
    expect(await doctor(env)).toMatch(new RegExp(`Ollama 0\\S+ runs on port ${port}, as `))
    const { running } = startReal('plans/default.yaml', { env })
    const { code, output } = await running.ended()
    expect(code, output).toBe(0)
    expect(output).toContain(`ollama serve (pid ${server.pid})`)
    expect(isAlive(server.pid!)).toBe(false)
  })

  testOn(parts, 'one that a supervisor starts again is named with what stops that', async () => {
    const supervisor = started(
      '/bin/sh',
      ['-c', 'while :; do ollama serve; sleep 0.1; done'],
      11_434,
    )
    await answering(11_434)
    expect(await doctor(env)).toMatch(
      new RegExp(`It was started by .*\\(pid ${supervisor.pid}\\): should that start it again`),
    )
    const { running, project } = startReal('plans/default.yaml', { env })
    const { code, session } = await running.ended()
    expect(code).toBe(1)
    const [row] = session!.results('llm')
    expect(row).toMatchObject({ status: 'FAILED' })
    expect(row!.errors![0]!.message).toMatch(
      new RegExp(`started again at once, as pid \\d+ by .*\\(pid ${supervisor.pid}\\).* Run: kill`),
    )
    expect(isAlive(supervisor.pid!)).toBe(true)
    expect(leftOf(project.root)).toEqual([])
  })
})

testOn(parts, 'a model without vision is MISSING by what it says itself', async () => {
  const { running } = startReal('plans/sees.yaml', { env })
  const { code, session } = await running.ended()
  expect(code).toBe(1)
  const [row] = session!.results('vlm')
  expect(row).toMatchObject({ status: 'MISSING' })
  expect(row!.errors![0]!.message).toContain(
    'ollama://smollm2-135m has no vision: of its capabilities Ollama says completion.',
  )
})

async function isSomeonesMachine(): Promise<boolean> {
  const host = systemHost()
  const { servers, runners, starters, units } = await surveyOllama(host)
  const there = servers.length + runners.length + starters.apps.length + units.length
  return there > 0 || (await host.holder(11_434)) !== null
}

/** An Ollama of somebody's, which the test ends where the run does not. */
async function serve(port: number): Promise<ChildProcess> {
  const child = started(pathOf('ollama', 'program'), ['serve'], port)
  await answering(port)
  return child
}

function started(file: string, args: string[], port: number): ChildProcess {
  const variables = { ...stackVariables(), OLLAMA_HOST: `127.0.0.1:${port}` }
  const child = spawn(file, args, {
    detached: true,
    stdio: 'ignore',
    env: { ...cleanEnvironment(), ...variables },
  })
  onTestFinished(() => {
    try {
      process.kill(-child.pid!, 'SIGKILL')
    } catch {
      // It is gone, as it should be.
    }
  })
  return child
}

async function loadModel(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/api/generate`, {
    method: 'POST',
    body: JSON.stringify({ model: 'smollm2-135m', stream: false }),
    headers: { connection: 'close' },
  })
  expect(response.status).toBe(200)
}
