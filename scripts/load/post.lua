-- Posts the lines of a file in turn: wrk -s post.lua URL -- FILE [PAUSE]
-- PAUSE: milliseconds that each connection waits before a request (default: 0)
local bodies = {}
local next_body = 0
local pause = 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    bodies[#bodies + 1] = line
  end
  pause = tonumber(arguments[2] or 0)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
end

function delay()
  return pause
end

function request()
  next_body = next_body % #bodies + 1
  return wrk.format(nil, nil, nil, bodies[next_body])
end
