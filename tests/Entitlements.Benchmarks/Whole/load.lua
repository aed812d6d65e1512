-- Load of wrk: asks about people and apps in turn, with tokens in turn. Arguments: file of tokens (one a line), people, apps for each person.
local heads, people, apps = {}, 0, 0
local body = '{"subject":{"type":"user","id":"p-%07d"},"action":{"name":"download"},"resource":{"type":"app","id":"app-%05d"},"context":{"time":"2026-11-23T09:00:00Z"}}'
local all_apps = 500

function init(args)
  people, apps = tonumber(args[2]), tonumber(args[3])
  local length = #string.format(body, 0, 0)
  for token in io.lines(args[1]) do
    heads[#heads + 1] = string.format(
      "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
      wrk.path, token, length)
  end
  math.randomseed(os.time())
end

function request()
  local person = math.random(people)
  return heads[math.random(#heads)] .. string.format(body, person, (person * 7 + math.random(apps)) % all_apps + 1)
end
