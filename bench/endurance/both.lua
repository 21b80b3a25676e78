-- Requests that every policy allows, for as long as wrk is told to send them.
function init(args)
  wrk.headers["Host"] = args[1]
  one = wrk.format("GET", "/")
end

function request()
  return one or wrk.format("GET", "/")
end

function done(summary)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d\n", summary.requests, errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
