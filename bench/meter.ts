// Preloaded into a server under measurement: answers the parent's questions about its own CPU time and memory.
process.on('message', (question) => {
  if (question !== 'usage') return
  const { user, system } = process.cpuUsage()
  process.send?.({ cpuUs: user + system, rssBytes: process.memoryUsage.rss() })
})
// The channel must not keep a server alive that wants to end.
process.channel?.unref()
