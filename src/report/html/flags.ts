/** What each flag says of a result. */
export const FLAGS: Readonly<Record<string, string>> = {
  cold: 'The first scenario after the loadout came up. Its TTFT stays out of the statistics.',
  cpu_offload: 'Part of the model lay in the memory of the host, not of the GPU.',
  foreign_gpu_process: 'A process that is not part of the run held memory of the GPU.',
  throttled: 'The GPU slowed down because of heat or power.',
  swap_used: 'The host began to swap memory to disk.',
  clock_jump: 'The clock of the host jumped: times that span the jump are not reliable.',
}
