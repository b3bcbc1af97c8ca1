import { expect, test } from 'vitest'
import { EngineLogReader } from './log/engine-log-reader.ts'
import { type Spill, spillOf, spillOfDriver, spillOfSizes } from './spill.ts'

const GIB = 1024 ** 3

function spillIn(log: string): Spill | null {
  const reader = new EngineLogReader()
  for (const line of log.trim().split('\n')) reader.line(line.trim())
  return spillOf(reader.loads().at(-1)!)
}

test('layers that are not on the GPU are told with their share', () => {
  const log = `
    load_tensors: offloading 20 repeating layers to GPU
    load_tensors: offloaded 20/33 layers to GPU
    load_tensors:   CPU_Mapped model buffer size =  9000.00 MiB
    load_tensors:        CUDA0 model buffer size = 12000.00 MiB
  `
  expect(spillIn(log)).toEqual({ share: 20 / 33, how: '20 of 33 layers lie on the GPU' })
})

test('all layers are on the GPU, and the table of words stays in main memory: nothing is missing', () => {
  const log = `
    load_tensors: offloaded 33/33 layers to GPU
    load_tensors:   CPU_Mapped model buffer size =   281.81 MiB
    load_tensors:        CUDA0 model buffer size =  4403.49 MiB
    llama_kv_cache:      CUDA0 KV buffer size =  1024.00 MiB
    llama_context:  CUDA_Host  output buffer size =     0.49 MiB
  `
  expect(spillIn(log)).toBeNull()
})

test('a cache in main memory is told (--no-kv-offload)', () => {
  const log = `
    load_tensors: offloaded 33/33 layers to GPU
    load_tensors:        CUDA0 model buffer size =  4096.00 MiB
    llama_kv_cache:        CPU KV buffer size =  1024.00 MiB
  `
  expect(spillIn(log)).toEqual({
    share: 0.8,
    how: '1.00 GB of 1.00 GB of its KV cache lie in main memory',
  })
})

test('experts in main memory are told although all layers are on the GPU (--cpu-moe)', () => {
  const log = `
    load_tensors: offloaded 49/49 layers to GPU
    load_tensors:   CPU_Mapped model buffer size = 15360.00 MiB
    load_tensors:        CUDA0 model buffer size =  1024.00 MiB
    llama_kv_cache:      CUDA0 KV buffer size =  4096.00 MiB
  `
  expect(spillIn(log)).toEqual({
    share: 0.25,
    how: '15.00 GB of 16.00 GB of its weights lie in main memory',
  })
})

test('a build that does not use the GPU leaves all of it in main memory', () => {
  const log = `
    load_tensors:   CPU_Mapped model buffer size =  4403.49 MiB
    llama_kv_cache:        CPU KV buffer size =  1024.00 MiB
  `
  expect(spillIn(log)).toEqual({ share: 0, how: 'all of it lies in main memory' })
})

test('what Ollama holds on the GPU is the share of its size', () => {
  expect(spillOfSizes([{ size: 10 * GIB, sizeVram: 10 * GIB }])).toBeNull()
  expect(spillOfSizes([])).toBeNull()
  expect(spillOfSizes([{ size: 10 * GIB, sizeVram: 6 * GIB }])).toEqual({
    share: 0.6,
    how: '6.00 GB of 10.00 GB lie on the GPU',
  })
})

test('what Windows’ driver has put into main memory is told, unless it is little', () => {
  expect(spillOfDriver({ own: 8 * GIB, shared: 0.4 * GIB })).toBeNull()
  expect(spillOfDriver({ own: 9 * GIB, shared: 3 * GIB })).toEqual({
    share: 0.75,
    how: '3.00 GB of it lie in the shared memory of the driver',
  })
})
