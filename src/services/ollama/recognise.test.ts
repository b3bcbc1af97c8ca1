import { expect, test } from 'vitest'
import { ollamaName } from '../../plan/ollama-name.ts'
import type { HostProcess } from '../processes/process-table.ts'
import { ollamaPorts } from './own-ports.ts'
import { isDesktopApp, isRunner, isServer } from './recognise.ts'

function kindOf(program: string, ...args: string[]): string {
  const one: HostProcess = { pid: 2, parent: 1, program, args }
  if (isServer(one)) return 'server'
  if (isRunner(one)) return 'runner'
  return isDesktopApp(one) ? 'app' : 'nothing'
}

test.for([
  ['server', '/usr/local/bin/ollama', 'serve'],
  ['server', '/usr/bin/ollama', 'start'],
  ['server', '/nix/store/abc-ollama-0.14.2/bin/.ollama-wrapped', 'serve'],
  ['server', '/Applications/Ollama.app/Contents/Resources/ollama', 'serve'],
  ['server', 'C:\\Users\\Ada\\AppData\\Local\\Programs\\Ollama\\ollama.exe', 'serve'],
  ['runner', '/usr/local/lib/ollama/llama-server', '--model', 'x'],
  ['runner', '/usr/local/lib/ollama/cuda_v12/ollama_llama_server'],
  ['runner', '/usr/local/bin/ollama', 'runner', '--mlx-engine'],
  ['runner', 'C:\\Users\\Ada\\AppData\\Local\\Programs\\Ollama\\lib\\ollama\\llama-server.exe'],
  ['runner', '/Applications/Ollama.app/Contents/Resources/llama-server'],
  ['app', '/Applications/Ollama.app/Contents/MacOS/Ollama'],
  ['app', 'C:\\Users\\Ada\\AppData\\Local\\Programs\\Ollama\\ollama app.exe'],
  ['nothing', '/usr/local/bin/ollama', 'run', 'qwen2.5:0.5b'],
  ['nothing', '/usr/local/bin/ollama'],
  ['nothing', '/usr/local/bin/llama-server', '--model', 'x'],
  ['nothing', '/home/ada/llama.cpp/build/bin/llama-server'],
  ['nothing', 'llama-server'],
  ['nothing', '/usr/bin/vim', '/usr/local/lib/ollama/llama-server'],
  ['nothing', '/usr/bin/my-ollama', 'serve'],
])('%s: %s %s', ([kind, program, ...args]) => {
  expect(kindOf(program!, ...args)).toBe(kind)
})

test.for([
  ['', [11_434]],
  ['0.0.0.0', [11_434]],
  ['127.0.0.1:5000', [11_434, 5_000]],
  [':5000', [11_434, 5_000]],
  ['http://localhost:5000/', [11_434, 5_000]],
  ['[::1]:5000', [11_434, 5_000]],
  ['http://0.0.0.0', [11_434, 80]],
  ['gpu-box.example:5000', [11_434]],
  ['https://ollama.com', [11_434]],
] as const)('the ports of OLLAMA_HOST=%s', ([value, ports]) => {
  expect(ollamaPorts({ OLLAMA_HOST: value })).toEqual(ports)
})

test('two spellings of a model are the same', () => {
  expect(ollamaName('Qwen2.5')).toBe('qwen2.5:latest')
  expect(ollamaName('registry.ollama.ai/library/qwen2.5:0.5b')).toBe('qwen2.5:0.5b')
  expect(ollamaName('hf.co/Ada/Model-GGUF')).toBe('hf.co/ada/model-gguf:latest')
  expect(ollamaName('ada/qwen:1b')).toBe('ada/qwen:1b')
})
