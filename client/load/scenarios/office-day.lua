-- An office: people arrive, talk in bursts, have lunch, go home; time runs faster than in life
scenario = {
  title = "an office day",
  users = 200,
  warmup = 0,
  login = "story",
  tls = "resumed",
  phases = {
    { name = "morning", seconds = 8 },
    { name = "lunch", seconds = 4 },
    { name = "afternoon", seconds = 8 },
  },
  think = { 0.2, 2 },
  data = { text_bytes = 128, sealed = true },
  thresholds = { errors = "<= 0" },
}

-- Mostly the one at the next desk.
local function colleague(me)
  if math.random() < 0.8 then return me:friend() end
  return user.any()
end

function person()
  sleep(math.random() * 2) -- not all come at the same minute
  local me = user.login()
  me:history(me:friend(), { limit = 20 }) -- what was said last night
  while running() do
    if phase() == "lunch" then
      think() think()
    else
      local other = colleague(me)
      for message = 1, math.random(1, 3) do me:send(other) end
      me:read(me:friend())
      think()
    end
  end
  me:logout()
end
