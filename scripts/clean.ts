/** Removes the last build, so that a file that left the sources leaves the package too. */
import { rmSync } from 'node:fs'

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true })
