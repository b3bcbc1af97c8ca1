import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { requireSupported } from './require-supported.ts'
import { unsupported, unsupportedRuntime } from './supported.ts'

const { engines, peerDependencies } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { engines: { node: string }; peerDependencies: { vitest: string } }

test('what is too old is told in one sentence, with the way to the right one', () => {
  expect(() => requireSupported(unsupported('Node', '20.20.2'))).toThrow(
    'jarvis needs Node 22.18 or 24.11 or newer, and this is 20.20.2. ' +
      'Put both into the project: npm install --save-dev node@24 vitest@5',
  )
  expect(() => requireSupported(unsupported('Vitest', '4.1.12'))).toThrow(
    'jarvis needs Vitest 5.1 or newer, and this is 4.1.12.',
  )
})

test('in VS Code the setting is named that gives its extension another Node', () => {
  const named = process.platform === 'win32' ? 'node.exe' : 'node'
  expect(unsupportedRuntime({ node: '20.20.2' }, { VITEST_VSCODE: 'true' })).toBe(
    `${unsupported('Node', '20.20.2')}, and name that Node in .vscode/settings.json: ` +
      `"vitest.nodeExecutable": "./node_modules/node/bin/${named}"`,
  )
  expect(unsupportedRuntime({ node: '24.11.0' }, { VITEST_VSCODE: 'true' })).toBeNull()
})

test('the releases that will do are those that the package names', () => {
  expect(engines.node).toBe('^22.18.0 || >=24.11.0')
  expect(peerDependencies.vitest).toBe('^5.1.0')
  for (const version of ['22.18.0', '22.30.1', '24.11.0', '25.0.0', '26.1.0-nightly2026']) {
    expect(() => requireSupported(unsupported('Node', version))).not.toThrow()
  }
  for (const version of ['18.20.0', '22.17.9', '23.11.0', '24.10.0']) {
    expect(() => requireSupported(unsupported('Node', version))).toThrow('jarvis needs Node')
  }
  for (const version of ['5.1.0', '5.2.0-beta.1', '6.0.0']) {
    expect(() => requireSupported(unsupported('Vitest', version))).not.toThrow()
  }
  expect(() => requireSupported(unsupported('Vitest', '5.0.4'))).toThrow('jarvis needs Vitest')
})

test("Bun's own runtime and Yarn's Plug'n'Play are told in one sentence each, and Node is judged by its version", () => {
  // Bun says of itself that it is Node as well.
  expect(unsupportedRuntime({ node: '26.3.0', bun: '1.4.5' })).toBe(
    'jarvis runs on Node, and this is Bun 1.4.5. Leave out --bun: bun run vitest run --config jarvis',
  )
  expect(unsupportedRuntime({ node: '24.11.0', pnp: '3' })).toBe(
    "jarvis does not run under Yarn's Plug'n'Play. Put `nodeLinker: node-modules` into .yarnrc.yml and run: yarn install",
  )
  expect(unsupportedRuntime({ node: '22.17.0' })).toBe(unsupported('Node', '22.17.0'))
  expect(unsupportedRuntime({ node: '24.11.0' })).toBeNull()
})
