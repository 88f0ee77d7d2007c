-- Messages of up to 60 kB beside short ones, which must not have to wait for them
scenario = {
  title = "big messages beside small ones",
  users = 40,
  duration = 10,
  warmup = 2,
  roles = { writer = 1, reader = 1 },
  think = { 0.01, 0.05 },
  data = { big_bytes = 60000, small_bytes = 100, sealed = true },
  thresholds = { errors = "<= 0" },
}

function writer()
  local me = user.login()
  local friend = me:friend("reader")
  while running() do
    -- One pair in four sends what is big.
    local bytes = me.number % 4 == 0 and scenario.data.big_bytes or scenario.data.small_bytes
    me:send(friend, bytes)
    think()
  end
end

function reader()
  user.login()
  wait_for_end()
end
