-- Everybody logs in at once, again and again, each time with a full handshake
scenario = {
  title = "log-ins with a full handshake each",
  users = 64,
  duration = 10,
  warmup = 1,
  login = "story",
  tls = "full", -- or "resumed": by ticket, as a client that comes back
  thresholds = { errors = "<= 0" },
}

-- This is closed: whoever is out comes in again. With arrival = { stories_per_s = 500 } people would
-- come by plan, whatever earlier ones still wait for.
function person()
  while running() do
    local me = user.login { listen = false }
    me:logout()
  end
end
