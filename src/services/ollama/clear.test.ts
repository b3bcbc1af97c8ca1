import { mkdirSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import {
  answering,
  inBackground,
  modelsFolder,
  type OllamaMachine,
  ollamaMachine,
  runnerStandIn,
  runningOllama,
  standIn,
  whichLive,
} from '../../../test/support/ollama.ts'
import { failureOf, isAlive, until } from '../../../test/support/services.ts'
import { standInsRun } from '../../../test/support/stand-ins.ts'
import { accepts } from '../processes/ports.ts'
import { clearOllama, type ClearTiming } from './clear.ts'
import type { ModelsFolder } from './models-folder.ts'

const TIMING: ClearTiming = { grace: 5_000, settle: 400 }

function clear(
  machine: OllamaMachine,
  timing: Partial<ClearTiming> = {},
  signal: AbortSignal = new AbortController().signal,
): { done: Promise<ModelsFolder | null>; notes: string[] } {
  const notes: string[] = []
  const note = (level: string, message: string): void => void notes.push(`${level} ${message}`)
  return { done: clearOllama(machine.host, { note, signal }, { ...TIMING, ...timing }), notes }
}

test.runIf(standInsRun)(
  'an Ollama that runs already is ended with its runner, and its models are known',
  async () => {
    const machine = await ollamaMachine()
    const models = modelsFolder(join(machine.folder, 'elsewhere'), 'qwen:0.5b')
    const { server, runner } = await runningOllama(machine, {
      model: 'qwen:0.5b',
      env: { OLLAMA_MODELS: models },
    })
    const { done, notes } = clear(machine)
    expect(await done).toEqual({ path: models, readable: true })
    expect(whichLive(server, runner)).toEqual([false, false])
    expect(await accepts(machine.port)).toBe(false)
    expect(notes).toEqual([
      `INFO Ended Ollama, which ran already: ${standIn} serve (pid ${server})`,
    ])
  },
)

test.runIf(standInsRun)(
  'the models of one that names no folder are those of the user that ran it',
  async () => {
    const machine = await ollamaMachine()
    await runningOllama(machine)
    const { done } = clear(machine)
    expect((await done)?.path).toBe(join(machine.folder, '.ollama', 'models'))
  },
)

test.runIf(standInsRun)(
  'one that ignores SIGTERM is ended by force, and so is the runner that it leaves',
  async () => {
    const machine = await ollamaMachine()
    modelsFolder(join(machine.folder, '.ollama', 'models'), 'qwen:0.5b')
    const env = { OLLAMA_STAND_IN_IGNORE_SIGTERM: '1' }
    const { server, runner } = await runningOllama(machine, { model: 'qwen:0.5b', env })
    const { done, notes } = clear(machine, { grace: 200 })
    await done
    expect(whichLive(server, runner)).toEqual([false, false])
    expect(notes[1]).toContain(`${runnerStandIn} --model`)
  },
)

test.runIf(standInsRun)(
  'one that a shell starts again at once is an error that names the shell',
  async () => {
    const machine = await ollamaMachine()
    const shell = await inBackground(machine, 'while :; do ollama serve; done')
    await answering(machine.port)
    const error = await failureOf(clear(machine, { settle: 5_000 }).done)
    expect(error.code).toBe('SERVICE_FAILED')
    expect(error.message).toContain('started again at once')
    expect(error.message).toContain(`(pid ${shell})`)
    expect(error.message).toMatch(new RegExp(`Run: kill ${shell}$`))
    expect(isAlive(shell)).toBe(true)
  },
)

test.runIf(standInsRun)(
  'one that a unit starts again is ended by stopping the unit, whatever its name',
  async () => {
    const machine = await ollamaMachine()
    const shell = await inBackground(machine, 'while :; do ollama serve; done')
    await answering(machine.port)
    const [server] = (await machine.processes()).filter(({ args }) => args[0] === 'serve')
    machine.host.cgroup = () => '0::/system.slice/my-models.service\n'
    const shown = `LoadState=loaded\nActiveState=active\nMainPID=${server!.pid}\nEnvironment=A=1 "OLLAMA_MODELS=/a b"\n`
    machine.answers['systemctl show my-models'] = () => ({ stdout: shown })
    machine.answers['systemctl --no-ask-password stop'] = () => {
      process.kill(shell, 'SIGKILL')
      return {}
    }
    await clear(machine).done
    expect(machine.commands.filter((line) => line.includes('stop'))).toEqual([
      'systemctl --no-ask-password stop my-models.service',
    ])
    expect(await machine.processes()).toEqual([])
  },
)

test.runIf(standInsRun)(
  'a unit whose main process is another is left alone: a terminal, sshd',
  async () => {
    const machine = await ollamaMachine()
    const { server } = await runningOllama(machine)
    machine.host.cgroup = () => '0::/system.slice/ssh.service\n'
    const shown = 'LoadState=loaded\nActiveState=active\nMainPID=1\nEnvironment=\n'
    machine.answers['systemctl show ssh.service'] = () => ({ stdout: shown })
    await clear(machine).done
    expect(machine.commands.join('\n')).not.toContain('stop')
    expect(isAlive(server)).toBe(false)
  },
)

const INSTALLED =
  'LoadState=loaded\nActiveState=active\nMainPID=1\nEnvironment=OLLAMA_MODELS=/srv/m\n'

test.runIf(standInsRun)(
  'the system service is stopped by sudo where this user may not, and its models are known',
  async () => {
    const machine = await ollamaMachine()
    machine.answers['systemctl show ollama.service'] = () => ({ stdout: INSTALLED })
    machine.answers['systemctl --user show'] = () => ({ stdout: 'LoadState=not-found\n' })
    machine.answers['systemctl --no-ask-password stop'] = () => ({ code: 1 })
    machine.answers['sudo -n'] = () => ({ code: 0 })
    const { done, notes } = clear(machine)
    expect(await done).toEqual({ path: '/srv/m', readable: false })
    expect(machine.commands.slice(2)).toEqual([
      'systemctl --no-ask-password stop ollama.service',
      'sudo -n systemctl --no-ask-password stop ollama.service',
    ])
    expect(notes).toEqual([
      'INFO Ended Ollama, which ran already: the system service ollama.service',
    ])
  },
)

test.runIf(standInsRun)(
  'without the right to stop the service the error has the command',
  async () => {
    const machine = await ollamaMachine()
    machine.answers['systemctl show ollama.service'] = () => ({ stdout: INSTALLED })
    machine.answers['systemctl --no-ask-password stop'] = () => ({ code: 1 })
    machine.answers['sudo -n'] = () => ({ code: 1, stderr: 'sudo: a password is required' })
    const error = await failureOf(clear(machine).done)
    expect(error).toMatchObject({
      code: 'SERVICE_FAILED',
      message: expect.stringMatching(/Run: sudo systemctl stop ollama\.service$/),
    })
  },
)

test.runIf(standInsRun)(
  'a stranger on the port is never ended and is named with the command',
  async () => {
    const machine = await ollamaMachine()
    const stranger = createServer()
    await new Promise<void>((resolve) => stranger.listen(machine.port, '127.0.0.1', resolve))
    onTestFinished(() => void stranger.close())
    const error = await failureOf(clear(machine).done)
    expect(error.code).toBe('PORT_IN_USE')
    expect(error.message).toContain(`Port ${machine.port}`)
    expect(error.message).toContain(`(pid ${process.pid})`)
    expect(error.message).toMatch(new RegExp(`Run: kill ${process.pid}$`))
    expect(await accepts(machine.port)).toBe(true)
  },
)

test.runIf(standInsRun)(
  'an orphaned runner is ended, somebody else’s llama-server is not',
  async () => {
    const machine = await ollamaMachine()
    const other = join(machine.folder, 'llama.cpp', 'llama-server')
    mkdirSync(join(machine.folder, 'llama.cpp'))
    symlinkSync(runnerStandIn, other)
    const runner = await inBackground(machine, `exec "${runnerStandIn}" --model m`)
    const theirs = await inBackground(machine, `exec "${other}" --model m`)
    const seen = async (): Promise<number> =>
      (await machine.processes()).filter(({ args }) => args[0] === '--model').length
    while ((await seen()) < 2) await sleep(20)
    await clear(machine).done
    expect(whichLive(runner, theirs)).toEqual([false, true])
  },
)

test.runIf(standInsRun)(
  'what descends from this process is its own, and nothing is waited for',
  async () => {
    const machine = await ollamaMachine()
    const child = spawn(standIn, ['serve'], {
      env: { ...machine.env, OLLAMA_HOST: '127.0.0.1:0' },
      stdio: 'ignore',
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const begun = performance.now()
    const { done, notes } = clear(machine, { settle: 60_000 })
    expect(await done).toBe(null)
    expect(performance.now() - begun).toBeLessThan(30_000)
    expect(notes).toEqual([])
    expect(isAlive(child.pid!)).toBe(true)
  },
)

test.runIf(standInsRun)('cancelling interrupts the wait', async () => {
  const machine = await ollamaMachine()
  const { server } = await runningOllama(machine)
  const abort = new AbortController()
  const { done } = clear(machine, { settle: 60_000 }, abort.signal)
  const failed = done.then(
    () => 'cleared',
    () => 'given up',
  )
  await until(() => !isAlive(server), 10_000)
  abort.abort(new Error('Cancelled.'))
  expect(await failed).toBe('given up')
})
