import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { ServiceDefinition } from '../../plan/types.ts'
import { makeFolder, removeFolder } from '../invoke/invocation-folder.ts'
import { SERVICE_TAG } from '../processes/process-tag.ts'
import { failureOf, supervise, target, temporaryFolder } from '../../../test/support/services.ts'

function program(command: string[], more: Partial<ServiceDefinition> = {}): ServiceDefinition {
  return { name: 'voice', command, api: 'openai', env: {}, ...more }
}

test('a program is leased with what it takes to run it, and runs only when it is asked', async () => {
  const command = [process.execPath, 'speak.mjs', '--model={model}', '{input}', '{output}']
  const more = { model: 'amy', env: { VOICE: '{model}' } }
  const { supervisor, session } = supervise([program(command, more)])
  const held = await supervisor.acquire(target('cli://voice'))
  expect(held.services).toMatchObject([
    {
      name: 'voice',
      engine: 'cli',
      model: 'amy',
      url: null,
      apis: ['cli'],
      invocation: {
        file: process.execPath,
        args: ['speak.mjs', '--model=amy', '{input}', '{output}'],
        env: { VOICE: 'amy' },
        cwd: session.directory,
      },
    },
  ])
  expect(session.types).not.toContain('service_spawned')
  expect(statSync(held.services[0]!.log!).size).toBe(0)
})

test('what a killed worker left of a request goes with the loadout', async () => {
  const { supervisor } = supervise([program([process.execPath, '{input}'])])
  const held = await supervisor.acquire(target('cli://voice'))
  const { env } = held.services[0]!.invocation!
  const folder = await makeFolder(env[SERVICE_TAG]!)
  const others = await makeFolder('another-service')
  onTestFinished(() => removeFolder(others))
  held.release()
  await supervisor.stop()
  expect([existsSync(folder), existsSync(others)]).toEqual([false, true])
})

test.for(['toString', 'constructor', '__proto__'])(
  '%s is a program that no plan defines',
  async (name) => {
    const { supervisor } = supervise([])
    const error = await failureOf(supervisor.acquire(target(`cli://${name}`)))
    expect(error.message).toContain(`${name}:\n    command: PROGRAM {input} {output}`)
  },
)

test('a program that no plan defines is MISSING, with the lines that define it', async () => {
  const { supervisor } = supervise([])
  const error = await failureOf(supervisor.acquire(target('cli://espeak-ng')))
  expect(error.code).toBe('MISSING')
  expect(error.message).toMatchInlineSnapshot(`
    "No service is defined for cli://espeak-ng. Add it to the plan or to plans/services.yaml:

    services:
      espeak-ng:
        command: espeak-ng -w {output} -f {input}"
  `)
})

test('a program that is not installed is MISSING, with how to get it', async () => {
  const { supervisor } = supervise([program(['espeak-ng', '-f', '{input}'])], {}, { PATH: '' })
  const error = await failureOf(supervisor.acquire(target('cli://voice')))
  expect(error.code).toBe('MISSING')
  expect(error.message).toBe(
    'cli://voice cannot be started: the program espeak-ng was not found on PATH: ' +
      'install it (`apt-get install espeak-ng` or `brew install espeak-ng`).',
  )
})

test.skipIf(process.platform === 'win32')(
  'a program that may not be run is MISSING, with how to make it executable',
  async () => {
    const file = join(temporaryFolder(), 'speak aloud')
    writeFileSync(file, '#!/bin/sh\n', { mode: 0o644 })
    const { supervisor } = supervise([program([file, '{input}'])])
    const error = await failureOf(supervisor.acquire(target('cli://voice')))
    expect(error.code).toBe('MISSING')
    expect(error.message).toBe(
      `cli://voice cannot be started: the program ${file} is not executable: chmod +x '${file}'.`,
    )
  },
)

test.for([
  ['cli://voice', '--port={port}', 'its command starts a server ({port}): name it native://voice'],
  ['native://voice', '{input}', '({input}, {output}): name it cli://voice'],
])('%s with %s in its command is told its right name', async ([model, word, told]) => {
  const { supervisor } = supervise([program([process.execPath, word!])])
  const error = await failureOf(supervisor.acquire(target(model!)))
  expect(error.message).toContain(told)
})
