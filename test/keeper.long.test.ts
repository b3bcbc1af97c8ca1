// @module-tag long
import { spawn } from 'node:child_process'
import { expect, onTestFinished, test } from 'vitest'
import { identify } from '../src/host/process-identity.ts'
import { clearHeld, offered, reapHeld } from '../src/services/warm/ask-keepers.ts'
import { heldNow, livingHolders, readHolders } from '../src/services/warm/holders.ts'
import { KeeperLine } from '../src/services/warm/keeper-protocol.ts'
import { keepingRun, onlyHolder, PROJECT, until } from './support/keeping-run.ts'
import { isAlive } from './support/services.ts'

test('a taker that dies before it has taken anything leaves it where it was', async () => {
  const { service, leave } = await keepingRun()
  await leave()
  const { token, socket } = onlyHolder()
  const line = await KeeperLine.to({ socket })
  expect(await line!.ask({ token, type: 'take', ...PROJECT })).toMatchObject({ type: 'holding' })
  line!.close()
  await until(() => livingHolders().length === 1)
  let offer = await offered(PROJECT)
  while (offer === null) {
    // oxlint-disable-next-line no-await-in-loop -- the end of the connection is on its way
    offer = await offered(PROJECT)
  }
  await offer.refuse()
  expect(isAlive(service.pid)).toBe(false)
})

test('what needs no machine is left alone', async () => {
  const { service, leave } = await keepingRun({ needsMachine: false })
  await leave()
  expect(await clearHeld(null, null)).toEqual([])
  expect(isAlive(service.pid)).toBe(true)
})

test('it ends when its time is over, when its service dies, and when the editor is gone', async () => {
  const editor = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  onTestFinished(() => void editor.kill('SIGKILL'))
  const late = await keepingRun({ idle: 0.2 })
  late.run.stdin!.write('leave\n')
  await until(() => !isAlive(late.service.pid) && readHolders().length === 0)

  const dead = await keepingRun()
  await dead.leave()
  process.kill(dead.service.pid, 'SIGKILL')
  await until(() => readHolders().length === 0)

  const alone = await keepingRun({ editor: identify(editor.pid!) })
  await alone.leave()
  editor.kill('SIGKILL')
  await until(() => !isAlive(alone.service.pid))
  await until(() => readHolders().length === 0)
  expect(heldNow().has(alone.service)).toBe(false)
})

test.skipIf(process.platform === 'win32')(
  'a holder that is killed, alone or with its run, leaves nothing',
  async () => {
    const alone = await keepingRun()
    await alone.leave()
    await until(() => onlyHolder().isGuarded)
    process.kill(onlyHolder().pid, 'SIGKILL')
    await until(() => !isAlive(alone.service.pid))

    const both = await keepingRun()
    await until(() => onlyHolder().isGuarded)
    const { pid } = onlyHolder()
    process.kill(both.run.pid!, 'SIGKILL')
    process.kill(pid, 'SIGKILL')
    await until(() => !isAlive(both.service.pid))
    expect(await reapHeld()).toEqual([])
    expect(readHolders()).toEqual([])
  },
)
