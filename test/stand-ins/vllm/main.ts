// A stand-in for `vllm serve`: command line, log, endpoints, exit codes and the engine process of vLLM's
// documentation and sources, without a model. The model's name chooses how it fails.
import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'
import { chatServer } from '../chat-server.ts'

const LOADING_MS = 150
const VERSION = '0.11.0+stand.in'

if (process.argv[2] === '--version') {
  console.log(VERSION)
  process.exit(0)
}
if (process.argv[2] === 'engine-core') {
  // It outlives its parent unless somebody ends it, as orphaned workers of vLLM do.
  setInterval(() => {}, 1_000)
} else {
  serve()
}

function serve(): void {
  const { values, positionals } = readOptions()
  const [command, model = ''] = positionals
  if (command !== 'serve') fail(2, `vllm: error: argument subparser: invalid choice: '${command}'`)
  const engine = spawn(process.execPath, [process.argv[1]!, 'engine-core'], {
    detached: model.includes('stray'),
    stdio: 'inherit',
  })
  log(`vLLM API server version ${VERSION}, arguments: ${JSON.stringify(values)}`)
  if (process.env['HF_HUB_OFFLINE'] === '1') {
    log(`HF_HUB_OFFLINE is True, replace model_id [${model}] to model_path [${model}]`)
  }
  log(`EngineCore pid=${engine.pid}`)
  if (model.includes('gated')) return failToLoad(engine.pid!, gatedLines(model))
  if (model.includes('unknown')) return failToLoad(engine.pid!, unknownLines(model))
  if (model.includes('too-large')) return failToLoad(engine.pid!, outOfMemoryLines())
  const served = values['served-model-name'] ?? model
  let broken = false
  const server = chatServer({
    model: served,
    other(path) {
      if (path === '/version') return { status: 200, body: { version: VERSION } }
      return path === '/health' ? { status: 200, body: '' } : undefined
    },
    refuses: (path) =>
      broken && path.startsWith('/v1/chat')
        ? { status: 500, body: { error: { message: 'EngineCore encountered an issue.' } } }
        : undefined,
  })
  broken = model.includes('broken')
  const stop = (): void => {
    log('Shutting down', 'INFO:    ')
    if (engine.exitCode !== null || engine.signalCode !== null) process.exit(0)
    engine.once('exit', () => process.exit(0))
    engine.kill('SIGTERM')
  }
  process.on('SIGTERM', model.includes('deaf') ? () => log('Still busy') : stop)
  process.on('SIGINT', stop)
  setTimeout(() => {
    server.listen(Number(values.port), values.host, () => log('Application startup complete.'))
  }, LOADING_MS)
}

function readOptions() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        host: { type: 'string' },
        port: { type: 'string', default: '8000' },
        'served-model-name': { type: 'string' },
        'max-model-len': { type: 'string' },
        'gpu-memory-utilization': { type: 'string' },
        'kv-cache-memory-bytes': { type: 'string' },
        'limit-mm-per-prompt': { type: 'string' },
        dtype: { type: 'string' },
        quantization: { type: 'string' },
        'kv-cache-dtype': { type: 'string' },
        'max-num-seqs': { type: 'string' },
        'tensor-parallel-size': { type: 'string' },
        seed: { type: 'string' },
        revision: { type: 'string' },
        'enforce-eager': { type: 'boolean' },
        'trust-remote-code': { type: 'boolean' },
      },
    })
  } catch (error) {
    return fail(2, `vllm: error: unrecognized arguments: ${(error as Error).message}`)
  }
}

function failToLoad(engine: number, lines: string[]): void {
  for (const line of lines) console.error(`(APIServer pid=${process.pid}) ${line}`)
  process.kill(engine, 'SIGKILL')
  process.exitCode = 1
}

function gatedLines(model: string): string[] {
  return [
    'OSError: You are trying to access a gated repo.',
    `Make sure to have access to it at https://huggingface.co/${model}.`,
    '401 Client Error. (Request ID: Root=1-0)',
    `Cannot access gated repo for url https://huggingface.co/${model}/resolve/main/config.json.`,
    `Access to model ${model} is restricted. You must have access to it and be authenticated to access it. Please log in.`,
  ]
}

function unknownLines(model: string): string[] {
  return [
    'huggingface_hub.errors.RepositoryNotFoundError: 401 Client Error. (Request ID: Root=1-0)',
    `Repository Not Found for url: https://huggingface.co/${model}/resolve/main/config.json.`,
    'Please make sure you specified the correct `repo_id` and `repo_type`.',
    'Invalid username or password.',
  ]
}

function outOfMemoryLines(): string[] {
  return [
    'ValueError: Free memory on device (3.1/31.8 GiB) on startup is less than desired GPU memory utilization (0.9, 28.6 GiB).',
    'RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}',
  ]
}

function log(text: string, level = 'INFO 01-01 00:00:00 [api_server.py:1]'): void {
  console.log(`(APIServer pid=${process.pid}) ${level} ${text}`)
}

function fail(code: number, text: string): never {
  console.error(text)
  process.exit(code)
}
