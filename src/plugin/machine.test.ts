import { expect, test } from 'vitest'
import { loadout, planOf, service } from '../../test/support/services.ts'
import type { OwnGpus } from '../host/own-gpus.ts'
import { wantsOf } from './machine.ts'

const gpus = [
  { kind: 'nvidia', index: 1, uuid: 'GPU-b', model: 'A card', isWhole: true, locks: ['GPU-b'] },
] as const
const OWN: OwnGpus = { gpus, from: 'CUDA_VISIBLE_DEVICES', env: {}, remark: null }
const SERVICES = [
  service('fixed', [], { command: ['server'], port: 8000 }),
  service('free', [], { command: ['server', '--port', '{port}'] }),
  service('own-ollama', [], { command: ['/usr/bin/ollama', 'serve'] }),
]

const wants = (models: string[], purge: string[] = [], own: OwnGpus | null = OWN): unknown =>
  wantsOf([{ loadout: loadout(...models) }], planOf(SERVICES, { purge }), own)

test('a run that is told its GPUs wants those, the ports that its services insist on, and Ollama where it has or ends one', () => {
  expect(wants(['native://free'])).toEqual({ gpus, ports: [], ollama: false })
  expect(wants(['native://fixed', 'native://free'])).toEqual({ gpus, ports: [8000], ollama: false })
  expect(wants(['ollama://a'])).toEqual({ gpus, ports: [], ollama: true })
  expect(wants(['native://own-ollama'])).toEqual({ gpus, ports: [], ollama: true })
})

test('a run that is told none wants the machine, and so does one that ends programs where nobody tells whose they are', () => {
  expect(wants(['native://free'], [], null)).toBeNull()
  const told = process.platform === 'linux' ? { gpus, ports: [], ollama: false } : null
  expect(wants(['native://free'], ['llama-server'])).toEqual(told)
})
