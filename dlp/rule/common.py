"""Words of at least four letters that stand more than eight times in a megabyte of public source code: what is found so
often is what automata are tried on. Counted over 12,000 files of widely used packages."""

from __future__ import annotations

from typing import Final

_TEXT: Final = """
aaaa abbrev abbreviated able about above absent absolute accept access accessdeniedexce account action actions
active actual added additional address admin after afternoon again agent algorithm alias aliases allclose allow
allowed allows almost along alpha already also always amazon amazonaws angle annotations another ansible
apiversion append application applied apply appropriate apps arange area args argument arguments argv array
arraylike arrays article asarray ascii assert assertequal assertfalse assertin assertis assertraises
assertraisesmess asserttrue assign associated astype async atol atomic attr attribute attributes attrs auth
authentication author auto automatically available avoid await axes axis babel back backend backends band base
based basic basis because become been before begin behavior being below beta between binary block body book bool
boolean border both bottom bound bounds brace branch break browser buffer bugs build built builtin button byte
bytes caac cache cached call callable callback called calling calls cannot capacity cascade case cases cast
catch category center ception cert certificate chain change changed changelist changes channel char character
characters charfield charset check checks child children choice choices choose chunk chunks circle cisco city
class classes classmethod classname clean clear click client clone close closed cloud cluster code coeff
coefficients collection collections color colors cols column columns command commands comment comments commit
common community compare comparison compilation compile compiler complete complex component components compute
condition conditions conf config configuration configured connect connection connections connector console const
constant constants constraint constraints construct constructor contact contain container containing contains
content contents context continue contrib control controller convert cookie coordinates copy copyright core
correct correctly corresponding could count counter create created creates createsvgicon creating creation csrf
current currently cursor custom data database dataset date datetime days debug decimal declare default defaults
defaultwidth defer deferred define defined defineproperty definition degree delay delete deleted deleting delta
dense density dependencies dependency deprecated deprecation depth derivative description dest destination
detail details device diagonal dict dictionary diff difference different dimension dimensions direction directly
directory disable disabled display dist distance distributed distribution django dnac docker docs docstring
document documentation does doesn doit domain done double draw dtype dualstack dummy duration during eaae each
east edit editor effect either element elementary elements elif else email empty enable enabled encode encoding
endif endpoint endpoints ends engine ensure enter entries entry enum enumerable environ environment equal
equation equations equivalent error errors escape escaped eslint esmodule eval evaluate even evening event
events every exact example examples except exception exceptions exclude execute exist existing exists exit
expand expect expected explicit export exports expr expression expressions extend extended extends extension
extensions extra extract fact factor factorial factory facts fail failed fails failure fake fallback false
family fault feature features field fields figure file filename filepath files fill filter filters final finally
find finite fips firewall first fixed flag flags flat float floating following font force foreignkey form format
formats forms formset fortran found frac fragment frame free from full func function functions future gaag
galaxy gamma gateway gather gbaagb general generate generated generator generic geom geometry getattr gets
github given global gmail good graph grid group groups guide half handle handler hasattr hash have head header
headers height hello help helper helpers here hidden high hints hooks host hostname hosts hour hours however
href html http https humanize iaai ibaaib icon identifier identifiers identity igmp ignore ignored image
implementation import imports include included includes including indent index indexes indices infinity info
information init initial inline inner input inputs insert inside install installed instance instances instead
integer integers integral integrate integration interface interfaces internal internals internalserverex
internet interoprequirede interval into invalid inventory inverse iscsi isinstance issue issues item items iter
iterable iterator ivar jannis javascript join jscomp json jsxruntime just kaak keep kern keys keyword kind known
kwargs label labels lambda language large last later latest latex lazy leading least left legacy legendre leidel
length less letter letters level library license licenses light like limit limits linalg line linear lines link
linspace linux list listener lists literal load loaded loader local locale localhost localize location
locationname logger logging login long longer lookup loop lower maam made magicmock mail main major make manage
managed management manager many mapping mark mask masked mass master match matches matching material math
matplotlib matrices matrix maximum maxresults mean means media medium member members memory menu meraki merge
mesh message messages meta metadata meth method methods middleware midnight might migrate migration migrations
mime minimum minion minutes missing mock mode model modeladmin models modified modify module modules month more
morning most msgctxt msgid msgstr multi multiple must mysql name named names namespace narrow native ndarray
ndim need needed needs negative nested network never next nexttoken night node nodes nogil none noon norm normal
normalize note notes notimplementeder nplurals null number numbers numpy oaao object objects observable offset
once ones only opacity open operation operations operator operators optimize option optional options opts order
ordering ordinal origin original ospf other otherwise output over overload override overrides overwrite owner
ownerstate package packages padding page pages palette param parameter parameters parametrize params parent
parse parsepatterns parser part partial particular partition parts pass passed password past patch path paths
pattern payload perform period perm permission permissions person physics piecewise place plain platform play
please plot plugin plugins plural point points policy poly polygon polynomial polys pony pool port position
positive possible post postgresql power precision prefix present preview previous primary print priority private
problem process product profile program project promise prop properties property props proptypes proto protocol
protocols prototype provide provided provider provides proxy ption public pull pure push pycon pytest python
qaaq quantity queries query queryset quot raise raised raises random range rank rather ratio rational react
reactor read readonly real reason received record redirect reduce reference references regexp region register
registered related relationship relative release remote remove removed render rendered renderer replace repo
report reporter repr representation represents request requested requests requesturi require required
requirements requires reset reshape resolve resolved resource resourcenotfound resources resp response
responsecode rest result results return returned returns reverse revision rewrite right ring role roles root
roots round route rows rtol rule rules runner running runtime saas safe salt same sample save scalar scale
schedule scheduler schema scheme scipy scope script scripts search second seconds secret section security seed
select selected selection self send sensitive sent sequence series server service services session sets setting
settings setup shape shapes share shared shell shift short should show side sigma sign signal signature simple
simpletestcase simplify since single site sites size skip slice slot slots slug small snapshot socket software
solution solve some something sort sorted source sources space spacing span sparse spec special specific
specified specifies specify spline split sqrt square srid stack standard start starts startswith stat state
stateful statement static stats status stderr stdout step still stop storage store stored stream strict string
strings strip stroke structure style styles subject subs subscriber subset success successfully such suffix
summary super support supported supports sure svgicon switch symbol symbols symmetric sympify sympy sync syntax
syntaxkind system systems table tags take takes target targets task tasks team temp template templates tensor
term terms test testcase testing tests text texture than that their them theme then there these theta they third
this those thread three throttlingexcept through throw ticket time timeout times timestamp timezone tion title
today todo together token tokens tool total trace transfer transferfunction transform transifex transition
translate translation translator translators transport transpose tree trial true tspan tuple twisted type
typedef typeerror typeof types uaau uint undefined under unicode union unique unit units unittest unknown until
update updated upper urls usage used usedualstack usefips useful user username users uses using util utils uuid
valid validate validation validationerror validationexcept value valuecallback valueerror values variable
variables variant vars vault vector verbose verbosity verify version versions view views virtual visitor void
volume waaw wait want warn warning warnings webpack week weight well were west what when where whether which
while wide widget widgets width will window windows with within without work works workspaces would wrap wrapper
write written yaay yaml year yield your zero zeros zone
"""
WORDS: Final = frozenset(_TEXT.split())
