-- A fixed number of answers, so that both proxies do the same work. wrk itself only knows durations: it is given a long one,
-- and leaves from here when all answers are there.
local total = math.huge
local answered = 0
local failed = 0

function init(args)
  wrk.headers["Host"] = args[1]
  total = tonumber(args[2])
  one = wrk.format("GET", "/v1/models")
end

function request()
  return one or wrk.format("GET", "/v1/models")
end

function response(status, headers, body)
  answered = answered + 1
  if status ~= 200 or #body ~= 1024 then
    failed = failed + 1
  end
  if answered == total then
    io.write(string.format("RESULT %d %d\n", answered, failed))
    io.flush()
    os.exit(0)
  end
end
