/** What each flag says of a result. */
export const FLAGS: Readonly<Record<string, string>> = {
  cold: 'The first scenario after the loadout came up. Its TTFT stays out of the statistics.',
  cpu_offload: 'Part of the model lay in the memory of the host, not of the GPU.',
  foreign_gpu_process: 'A process that is not part of the run held memory of the GPU.',
  throttled: 'The GPU slowed down because of heat or power.',
  swap_used: 'The host began to swap memory to disk.',
  shared_reads:
    'Several chunks of the reply came in one read: the times between chunks are not those of the service.',
  event_loop_lag:
    'The process that sent the request was held up while it ran: its times may be longer than those of the service.',
  harness_delay:
    'A considerable part of the time until the reply had passed before the request was sent whole.',
  clock_jump: 'The clock of the host jumped: times that span the jump are not reliable.',
}
