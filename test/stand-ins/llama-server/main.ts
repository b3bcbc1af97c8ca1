// A stand-in for `llama-server`: command line, log, endpoints and exit codes of llama.cpp's documentation and
// sources, without a model. A file that is no GGUF fails to load. What a file MODEL.log beside the model holds is
// printed while it loads; MODEL.vram says how many MiB it then holds of the GPU of the stand-in for nvidia-smi.
import { closeSync, existsSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chatServer } from '../chat-server.ts'

const LOADING_MS = 150
const string = { type: 'string' } as const

/** `LLAMA_STAND_IN_BUILD` makes it another build: since 9181 it says nothing of memory unless it is asked to. */
const BUILD = Number(process.env['LLAMA_STAND_IN_BUILD'] ?? 6789)
/** `LLAMA_STAND_IN_VERSION` gives it a version beside its build, as llama.cpp has since 2026. */
const VERSION = process.env['LLAMA_STAND_IN_VERSION']

if (process.argv.includes('--version')) {
  const counted = VERSION === undefined ? `${BUILD} (` : `${VERSION} (build ${BUILD}, commit `
  console.error(`version: ${counted}0a1b2c3d)`)
  console.error('built with a stand-in for x86_64-linux-gnu')
  process.exit(0)
}

const values = readOptions()
const port = Number(values.port ?? 8080)
let loaded = false
const loading = {
  status: 503,
  body: { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } },
}
const server = chatServer({
  model: values.alias ?? values.model ?? '',
  // The list of models is there while the model is being loaded.
  refuses: (path) => (loaded || path === '/v1/models' ? undefined : loading),
  other(path) {
    if (path === '/health') return { status: 200, body: { status: 'ok' } }
    if (path !== '/props') return undefined
    const modalities = { vision: values.mmproj !== undefined, audio: false }
    const settings = { n_ctx: Number(values['ctx-size'] ?? 4096) }
    const model_path = values.model ?? values['hf-repo']
    const build_info = `b${BUILD}-0a1b2c3d`
    const told = { default_generation_settings: settings, model_path, modalities, build_info }
    return { status: 200, body: told }
  },
  extras: ({ prompt, output }) => ({
    timings: {
      cache_n: 0,
      prompt_n: prompt,
      prompt_ms: 6,
      prompt_per_token_ms: 2,
      prompt_per_second: 500,
      predicted_n: output,
      predicted_ms: output * 20,
      predicted_per_token_ms: 20,
      predicted_per_second: 50,
    },
  }),
})
console.error(`main: HTTP server is listening, hostname: ${values.host}, port: ${port}`)
server.listen(port, values.host, () => {
  console.error('main: loading model')
  setTimeout(load, LOADING_MS)
})
process.on('SIGTERM', () => {
  console.error('srv    operator(): cleaning up before exit...')
  process.exit(0)
})

function load(): void {
  if (values['hf-repo'] !== undefined) {
    const offline = process.env['LLAMA_ARG_OFFLINE'] ?? 'off'
    console.error(`common_download: ${values['hf-repo']}, offline: ${offline}`)
    if (values['hf-repo'].includes('unknown') && offline === 'off') {
      console.error('get_repo_commit: error: GET failed (401): Invalid username or password.')
      fail(`error: failed to download model from Hugging Face`)
    }
  } else if (beginningOf(values.model!) !== 'GGUF') {
    console.error('gguf_init_from_file_impl: invalid magic characters, expected GGUF')
    console.error(
      `llama_model_load: error loading model: failed to load model from ${values.model}`,
    )
    fail(`srv    load_model: failed to load model, '${values.model}'`)
  }
  tellOfMemory()
  if (existsSync(`${values.model}.log`)) {
    process.stderr.write(readFileSync(`${values.model}.log`, 'utf8'))
  }
  const gpus = process.env['NVIDIA_SMI_STATE']
  if (gpus !== undefined && existsSync(`${values.model}.vram`)) {
    const used = Number(readFileSync(`${values.model}.vram`, 'utf8'))
    const holder = { used, name: '/opt/llama.cpp/llama-server' }
    writeFileSync(join(gpus, `${process.pid}.json`), JSON.stringify(holder))
  }
  loaded = true
  console.error('main: server is listening - starting the main loop')
}

/** Of a small model of 64 KiB a token. */
function tellOfMemory(): void {
  if (BUILD >= 9181 && Number(process.env['LLAMA_ARG_LOG_VERBOSITY'] ?? 3) < 4) return
  const context = Number(values['ctx-size'] ?? 4096)
  const slots = Number(values.parallel ?? 4)
  const layers = Number(values['n-gpu-layers'] ?? 0)
  const kv = (context * 64) / 1024
  for (const line of [
    `srv    load_model: loading model '${values.model ?? values['hf-repo']}'`,
    'print_info: file type   = Q4_K - Medium',
    ...(layers > 0 ? [`load_tensors: offloaded ${Math.min(layers, 33)}/33 layers to GPU`] : []),
    'load_tensors:   CPU_Mapped model buffer size =  1000.00 MiB',
    `llama_context: n_seq_max             = ${slots}`,
    `llama_context: n_ctx                 = ${context}`,
    'llama_context: flash_attn            = enabled',
    `llama_context: kv_unified            = ${values.parallel === undefined}`,
    `llama_kv_cache:        CPU KV buffer size = ${kv.toFixed(2)} MiB`,
    `llama_kv_cache: size = ${kv.toFixed(2)} MiB ( ${context} cells,  32 layers,  ${slots}/1 seqs), K (f16): ${(kv / 2).toFixed(2)} MiB, V (f16): ${(kv / 2).toFixed(2)} MiB`,
    'sched_reserve:        CPU compute buffer size =    20.00 MiB',
  ]) {
    console.error(line)
  }
}

function beginningOf(path: string): string {
  const file = openSync(path, 'r')
  const bytes = Buffer.alloc(4)
  readSync(file, bytes)
  closeSync(file)
  return bytes.toString()
}

function readOptions() {
  try {
    const { values: read } = parseArgs({
      options: {
        model: { ...string, short: 'm' },
        'hf-repo': string,
        alias: { ...string, short: 'a' },
        host: string,
        port: string,
        'ctx-size': { ...string, short: 'c' },
        'n-gpu-layers': string,
        mmproj: string,
        threads: { ...string, short: 't' },
        parallel: string,
        'batch-size': { ...string, short: 'b' },
        'ubatch-size': string,
        'flash-attn': string,
        'cache-type-k': string,
        'cache-type-v': string,
      },
    })
    return read
  } catch {
    const wrong = process.argv.slice(2).find((argument) => argument.startsWith('-'))
    return fail(`error: invalid argument: ${wrong}`)
  }
}

function fail(text: string): never {
  console.error(text)
  process.exit(1)
}
