/** Buffers of main memory, by the names of llama.cpp's and vLLM's backends; `CUDA_Host` is memory of the host. */
const HOST = /^(?:CPU(?:[_-]\w+)?|AMX|BLAS|ACCEL|Host|\w+_Host)$/i

/** Whether what an engine calls so lies in main memory; null where it names nothing. */
export function isHostDevice(device: string | null): boolean | null {
  return device === null ? null : HOST.test(device)
}
