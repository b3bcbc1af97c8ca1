import { expect, test } from 'vitest'
import { rootCause } from './root-cause.ts'

/** As vLLM 0.32 wrote it on a machine whose memory was in use. */
const VLLM = `
(VllmWorker-0 pid=142) ERROR 11-29 17:35:01 [multiproc_executor.py:953] WorkerProc failed to start.
(VllmWorker-0 pid=142) ERROR 11-29 17:35:01 [multiproc_executor.py:953] Traceback (most recent call last):
(VllmWorker-0 pid=142) ERROR 11-29 17:35:01 [multiproc_executor.py:953]     raise ValueError(
(VllmWorker-0 pid=142) ERROR 11-29 17:35:01 [multiproc_executor.py:953] ValueError: Available memory on node 0 (16.58/20.46 GiB) on startup is less than desired CPU memory utilization (0.92, 18.83 GiB).
(EngineCore pid=128) ERROR 11-29 17:35:06 [core.py:1510] Exception: WorkerProc initialization failed due to an exception in a background process. See stack trace for root cause.
(APIServer pid=69) Traceback (most recent call last):
(APIServer pid=69)     raise RuntimeError(
(APIServer pid=69) RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {'EngineCore': 1}
`.split('\n')

test('the error that the end of a log points to is told', () => {
  expect(rootCause(VLLM)).toBe(
    'ValueError: Available memory on node 0 (16.58/20.46 GiB) on startup is less than desired CPU memory utilization (0.92, 18.83 GiB).',
  )
})

test('a log that says it at its end needs no other', () => {
  expect(rootCause(['ValueError: one', 'RuntimeError: another'])).toBeNull()
})

test('where nothing stands above there is nothing to tell', () => {
  expect(rootCause(VLLM.slice(-3))).toBeNull()
})
