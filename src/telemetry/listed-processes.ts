import type { GpuProcess } from './types.ts'

/** In a container the driver may name processes of other ones, by numbers that mean nothing here. */
export function isHere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Whether the numbers by which the driver lists processes are those of this system, as far as that shows. */
export function areNumbersOurs(processes: readonly GpuProcess[]): boolean {
  return processes.length > 0 && processes.every(({ pid }) => isHere(pid))
}
