// Loaded into a run: writes down what of its heap is in use at its end, after a collection. Workers say nothing.
import { writeFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const path = process.env.BENCH_HEAP_FILE
if (path !== undefined && process.send === undefined) {
  process.once('exit', () => {
    setFlagsFromString('--expose-gc')
    runInNewContext('gc')()
    writeFileSync(path, String(process.memoryUsage().heapUsed))
  })
}
