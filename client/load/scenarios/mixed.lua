-- A bit of everything at once: chat, big messages, old messages, people who come and go
scenario = {
  title = "a bit of everything",
  users = 200,
  duration = 20,
  warmup = 3,
  tls = "resumed",
  arrival = { rate = 500 },
  roles = { writer = 6, reader = 6, talker = 4, digger = 1, visitor = 2, silent = 1 },
  think = { 0.05, 0.5 },
  data = { text_bytes = 128, big_bytes = 30000, sealed = true },
  thresholds = { errors = "<= 0" },
}

function writer()
  local me = user.login()
  me:keep_sending { to = me:friend("reader") }
end

function reader()
  user.login()
  wait_for_end()
end

-- Talks with another one, and now and then sends something big.
function talker()
  local me = user.login()
  local friend = user.any("talker")
  while running() do
    me:send(friend, math.random() < 0.05 and scenario.data.big_bytes or nil)
    think()
  end
end

function digger()
  local me = user.login()
  while running() do
    me:send(me:friend("writer"), "I want to read all of it")
    local before = 0
    repeat
      local count, first = me:history(me:friend("writer"), { limit = 50, before = before })
      before = first
    until not count or count == 0 or first <= 1 or not running()
    think()
  end
end

function visitor()
  while running() do
    local me = user.login()
    me:send(me:friend("talker"), "only for a moment")
    think()
    if math.random() < 0.3 then me:drop() else me:logout() end
    think()
  end
end

function silent()
  user.login()
  wait_for_end()
end
