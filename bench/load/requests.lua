-- One request again and again: its host, its target, whether each is to have a connection of its own, and its Authorization, if any.
function init(args)
  wrk.headers["Host"] = args[1]
  if args[3] == "close" then
    wrk.headers["Connection"] = "close"
  end
  if args[4] then
    wrk.headers["Authorization"] = args[4]
  end
  one = wrk.format("GET", args[2])
end

function request()
  return one
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    summary.duration, latency:percentile(50), latency:percentile(99)))
end
