import { chmodSync, copyFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  answering,
  inBackground,
  modelsFolder,
  ollamaMachine,
  runningOllama,
  standIn,
} from '../../../test/support/ollama.ts'
import { isAlive } from '../../../test/support/services.ts'
import { standInsRun } from '../../../test/support/stand-ins.ts'
import { choosePort } from '../../services/processes/ports.ts'
import { checkOllamaInTheWay } from './ollama-in-the-way.ts'

test.runIf(standInsRun)(
  'every Ollama that a run would end is told, on whichever port, with what it has in memory',
  async () => {
    const machine = await ollamaMachine()
    const models = modelsFolder(join(machine.folder, 'models'), 'qwen:0.5b')
    const first = await runningOllama(machine, {
      model: 'qwen:0.5b',
      env: { OLLAMA_MODELS: models },
    })
    const port = await choosePort()
    const second = await inBackground(machine, 'exec ollama serve', {
      OLLAMA_HOST: `127.0.0.1:${port}`,
    })
    await answering(port)
    const findings = await checkOllamaInTheWay(machine.env, machine.host)
    expect(findings.map(({ status, subject }) => `${status} ${subject}`)).toEqual([
      'warn process',
      'warn process',
    ])
    const told = findings.map(({ message }) => message).toSorted()
    const ends = 'the run ends it before it starts its own.'
    expect(told).toEqual(
      [
        `Ollama 0.99.0 runs on port ${machine.port}, with qwen:0.5b in memory, as ${standIn} serve (pid ${first.server}): ${ends}`,
        `Ollama 0.99.0 runs on port ${port}, as ${standIn} serve (pid ${second}): ${ends}`,
      ].toSorted(),
    )
    expect(await machine.processes()).toHaveLength(3)
  },
)

test.runIf(standInsRun)(
  'of one that a supervisor keeps running the command is told that makes it let go',
  async () => {
    const machine = await ollamaMachine()
    // The name of a program is that of its file.
    const keeper = join(machine.folder, 'supervisord')
    copyFileSync(realpathSync('/bin/sh'), keeper)
    chmodSync(keeper, 0o755)
    const pid = await inBackground(machine, `exec ${keeper} -c 'ollama serve; true'`)
    await answering(machine.port)
    const [finding] = await checkOllamaInTheWay(machine.env, machine.host)
    expect(finding!.fix).toBe('supervisorctl stop ollama')
    expect(finding!.message).toMatch(
      new RegExp(`It was started by .*\\(pid ${pid}\\): should that start it again, `),
    )
    expect(isAlive(pid)).toBe(true)
  },
)

test.runIf(standInsRun)('where no Ollama runs there is nothing to tell', async () => {
  const machine = await ollamaMachine()
  expect(await checkOllamaInTheWay(machine.env, machine.host)).toEqual([])
})
