-- Everybody's connection is cut at once, and all come back by ticket and token
scenario = {
  title = "everybody is cut off at once, and comes back",
  users = 200,
  duration = 10,
  warmup = 2,
  tls = "resumed",
  data = { round_s = 2, sealed = true },
  thresholds = { errors = "<= 0" },
}

function person()
  local round = 0
  while running() do
    local me = user.login()
    me:send(me:friend(), "I am back")
    -- All wait for the same instant.
    round = math.floor(elapsed() / scenario.data.round_s) + 1
    sleep(math.max(0, round * scenario.data.round_s - elapsed()))
    me:drop()
  end
end
