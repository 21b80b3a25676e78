-- A fixed number of requests in all, so that both proxies do the same work. wrk itself only knows durations, so it gets a
-- long one and is interrupted: its thread stops, and SIGINT wakes its main thread.
local total = math.huge
local sent = 0

function init(args)
  wrk.headers["Host"] = args[1]
  total = tonumber(args[2])
end

function request()
  sent = sent + 1
  if sent == total then
    local stat = io.open("/proc/self/stat")
    local pid = stat:read("*n")
    stat:close()
    wrk.thread:stop()
    io.popen("kill -INT " .. pid):close() -- os.execute would ignore SIGINT in the meantime
  end
  return wrk.format("GET", "/v1/models")
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d\n", summary.requests,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
